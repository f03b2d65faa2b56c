"""What models need of this machine: their files, precision, memory, threads and devices."""

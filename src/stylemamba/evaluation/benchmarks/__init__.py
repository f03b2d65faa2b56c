"""Speed, memory and steps on this machine: what `stylemamba bench` measures."""

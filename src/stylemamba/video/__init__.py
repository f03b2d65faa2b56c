"""Videos: frames in, painted frames out, that hold together in time.

Needs PyAV and OpenCV, `pip install 'stylemamba[video]'`; only this package imports them.
"""

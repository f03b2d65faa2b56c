"""A camera or a file, painted while it runs, on a page of the browser.

Needs PyAV, OpenCV, Starlette and uvicorn: `pip install 'stylemamba[studio,video]'`.
"""

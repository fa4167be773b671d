"""`gen render`: a configuration becomes a proven, complete build in `build/<environment>/`.

make.py goes from configuration to files in memory: functions packaged, templates rendered and
proven, parameters gathered; any problem of any of them stops it, all reported at once. folder.py
puts the files in place in one move, and reads them back. manifest.py is the table of contents that
`gen deploy` goes by: nothing else is handed over between the two commands.
"""

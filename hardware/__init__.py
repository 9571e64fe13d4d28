"""The daemon that owns the devices. It never imports the web; see `hardware.daemon`."""

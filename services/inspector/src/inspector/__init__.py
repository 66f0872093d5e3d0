"""Inspector: shows the files inside of the wheels and sdists of an index, without unpacking or running any."""

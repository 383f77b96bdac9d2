"""What every table, id, unit and error of the platform is. Imports nothing else of ours."""

"""What stands in the place of this package consists of its modules alone; see `frozen/instead`."""

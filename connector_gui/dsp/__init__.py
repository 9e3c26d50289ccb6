"""Arrays in, arrays out: signal processing with numpy, no devices."""

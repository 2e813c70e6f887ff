"""fieldkit: live training where there is no internet, with records that stand up."""

__version__ = "0.1.0"

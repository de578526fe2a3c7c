"""The rules behind `QuantityEntityExtractor`: from numbers to money, durations and times."""

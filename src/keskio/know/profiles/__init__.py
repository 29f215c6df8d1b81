"""What is characteristic: RFM, clusters and their report card, personas, value."""

//! Figures by day, hour and product: compared with the raw rows, and made again from them.

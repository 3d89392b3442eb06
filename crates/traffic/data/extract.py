"""Makes the compact extracts of this folder from the full data.

    python3 extract.py <folder with grocery/ and commodity/>

Every row of the two shops is kept, also those that cannot be sold. Only columns are left out (households, weeks),
zeros become empty cells, and descriptions are written out in words (words.py).
"""

import csv
import pathlib
import sys

from words import DEPARTMENTS, label, size, type_label

HERE = pathlib.Path(__file__).parent


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(path, columns, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def money(text):
    """`1.5` -> `1.50`; nothing for zero."""
    cents = round(float(text) * 100)
    return f"{cents // 100}.{cents % 100:02}" if cents else ""


def grocery(source):
    transactions = read(source / "transactions.csv")
    described = {row["product_id"]: row for row in read(source / "products.csv")}

    heads = sorted({(row["sold_at"], int(row["basket_id"]), row["store_id"]) for row in transactions})
    number = {basket: index for index, (_, basket, _) in enumerate(heads, 1)}
    write(HERE / "grocery/baskets.csv", ["basket", "basket_id", "shop", "sold_at"],
          [(number[basket], basket, shop, sold_at) for sold_at, basket, shop in heads])

    lines = sorted(transactions, key=lambda row: (number[int(row["basket_id"])], int(row["product_id"])))
    write(HERE / "grocery/lines.csv",
          ["basket", "product_id", "quantity", "sales_value", "retail_disc", "coupon_disc", "coupon_match_disc"],
          [(number[int(row["basket_id"])], row["product_id"], row["quantity"], money(row["sales_value"]),
            money(row["retail_disc"]), money(row["coupon_disc"]), money(row["coupon_match_disc"])) for row in lines])

    sold = sorted({int(row["product_id"]) for row in transactions})
    used = [described[str(product)] for product in sold if str(product) in described]
    kinds = sorted({(row["department"], row["product_category"], row["product_type"]) for row in used})
    kind = {key: index for index, key in enumerate(kinds, 1)}
    write(HERE / "grocery/types.csv", ["type", "department", "category", "name"],
          [(kind[key], DEPARTMENTS.get(key[0]) or label(key[0]), label(key[1]) or "Other", type_label(key[2], key[1]) or label(key[1]) or "Article")
           for key in kinds])
    write(HERE / "grocery/products.csv", ["product_id", "type", "own_brand", "size"],
          [(row["product_id"], kind[row["department"], row["product_category"], row["product_type"]],
            "y" if row["brand"] == "Private" else "", size(row["package_size"])) for row in used])


def avocado(source):
    rows = read(source / "avocado_us_weekly_2017_2020.csv")
    weeks = sorted({row["week_ending"] for row in rows})[-52:]
    columns = ["plu4046_units", "plu4225_units", "plu4770_units", "sml_bagged_units", "lrg_bagged_units", "xlrg_bagged_units"]
    write(HERE / "avocado/weeks.csv",
          ["week_ending", "type", "price", "plu_4046", "plu_4225", "plu_4770", "small_bags", "large_bags", "extra_large_bags"],
          [(row["week_ending"], row["type"].lower(), money(row["avg_selling_price"]), *(int(float(row[name])) for name in columns))
           for row in rows if row["week_ending"] in weeks])


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    grocery(folder / "grocery")
    avocado(folder / "commodity")

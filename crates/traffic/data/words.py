"""Readable words for the abbreviated, upper-case descriptions of the grocery data."""

import re

# One word of the source -> what a shopper reads. An empty string drops the word.
WORDS = {
    "FRZN": "Frozen", "FRZ": "Frozen", "SFT": "Soft", "DRNK": "Drink", "DRNKS": "Drinks", "BTL": "Bottle",
    "CARB": "Carbonated", "CRBNTD": "Carbonated", "NON-CRBNTD": "Still", "MISC": "Other", "MISCELLANEOUS": "Other",
    "SW": "Sweet", "SWT": "Sweet", "GDS": "Goods", "JCE": "Juice", "FD": "Food", "BRD": "Bread", "BRDS": "Breads",
    "CHIX": "Chicken", "CHICK": "Chicken", "FRD": "Fried", "VEG": "Vegetables", "PPK": "Prepacked",
    "PREPACK": "Prepacked", "PRPCK": "Prepacked", "PREPCK": "Prepacked", "SAL": "Salad", "SALD": "Salad",
    "DRSNG": "Dressing", "SNDWCH": "Sandwich", "SPRD": "Spread", "SV": "Serve", "SRV": "Serve", "SGL": "Single",
    "SNGL": "Single", "SS": "Single-Serve", "DNRS": "Dinners", "DNR": "Dinner", "MXS": "Mixes", "MIXS": "Mixes",
    "MX": "Mix", "CND": "Canned", "PKGD": "Packaged", "PCKGD": "Packaged", "PKG": "Packaged", "PKLD": "Pickled",
    "PICKLD": "Pickled", "BKD": "Baked", "BN": "Beans", "TISS": "Tissue", "TRSH": "Trash", "BG": "Bags",
    "PWDR": "Powder", "PWDRS": "Powders", "CRYSTL": "Crystal", "FLVRD": "Flavored", "FLVR": "Flavor",
    "FLAV": "Flavored", "DRNKNG": "Drinking", "MNRL": "Mineral", "MNERAL": "Mineral", "WTR": "Water",
    "WATE": "Water", "CONC": "Concentrate", "HYGN": "Hygiene", "HYGN.": "Hygiene", "FEM": "Feminine",
    "FEM.": "Feminine", "PREM": "Premium", "SUP": "Super", "REFRIG": "Refrigerated", "REFRGRATD": "Refrigerated",
    "PREP": "Prepared", "BEV": "Beverage", "GRND": "Ground", "PLSTC": "Plastic", "WT": "Weight", "FLU": "Flu",
    "MLT-PK": "Multi-Pack", "MULT": "Multi", "MLT": "Multi", "PK": "Pack", "PC": "Piece", "BR": "Bread",
    "RTS": "Ready-to-Serve", "RTD": "Ready-to-Drink", "IQF": "Individually Frozen", "RW": "", "SUPP": "Supplies",
    "SUPPPLIES": "Supplies", "ACCESS": "Accessories", "ACCESSIORES": "Accessories", "SPEC": "Specialty",
    "SPECILATY": "Specialty", "CHOC": "Chocolate", "CHOCOCLATE": "Chocolate", "CRM": "Cream", "CRMD": "Creamed",
    "STK": "Stick", "CATFD": "Cat Food", "DOGFD": "Dog Food", "MLK": "Milk", "SYRP": "Syrup", "LOZNG": "Lozenges",
    "DRP": "Drops", "XPCTRNT": "Expectorant", "DPS": "Dips", "DSH": "Dish", "DEOD": "Deodorant", "WHL": "Whole",
    "FS": "French Style", "VAC": "Vacuum", "PAC": "Pack", "PNT": "Peanut", "BTR": "Butter", "SUPPLEMEN": "Supplements",
    "TORT": "Tortilla", "VEND": "Vending", "MACH": "Machine", "PNCH": "Punch", "SUBS": "Substitutes", "SECT": "Sections",
    "IWS": "Wrapped", "FLO": "Flower", "GIFT-WRAP": "Gift Wrap", "SHLFSH": "Shellfish", "GRN": "Green", "OTH": "Other",
    "SAUS": "Sausage", "CTLRYTBLCLTHSTTHPKSST": "Cutlery, Tablecloths, Toothpicks", "SUG": "Sugar", "REG": "Regular",
    "CLEANG": "Cleaning", "BRKFST": "Breakfast", "WHLSM": "Wholesome", "DISPOSIBLE": "Disposable", "HBC": "Care",
    "SWEETNERS": "Sweeteners", "SNKS": "Snacks", "CKYS": "Cookies", "CRKR": "Crackers", "CNDY": "Candy", "BA": "Bags",
    "SHERBTS": "Sherbets", "COCO": "Cocoa", "MEMORABLILIA": "Memorabilia", "SPLY": "Supplies", "PROD": "Produce",
    "TRANS": "", "DAN": "Danish", "HTG": "", "CV": "Covers", "SWEE": "", "SWE": "", "UNSWE": "", "INCLUDI": "", "INCL": "",
    "BEERALEMALT": "Beer, Ale, Malt", "SAUCESSALSAPICANTEE": "Sauces, Salsa, Picante", "GM": "General Merchandise",
    "CNTRL": "Central", "CUPS": "Cups", "JUIC": "Juice", "JUI": "Juice", "JU": "Juice", "SUPRT": "Support",
    "BNDGES": "Bandages", "ELSTC": "Elastic", "CNDLES": "Candles", "ACCSS": "Accessories", "RETL": "Retail",
    "NATRL": "Natural", "INDR": "Indoor", "PLANTR": "Planter", "CONTAINR": "Container", "OCCAS": "Occasion",
    "PRESLCD": "Presliced", "PRSLC": "Presliced", "PRESLC": "Presliced", "LNCHMT": "Lunch Meat", "LUNCHMEAT": "Lunch Meat",
    "THN": "Than", "LSS": "Less", "HOT DOGS": "Hot Dogs", "LBS": "lb", "FRE": "Fresh", "EXC": "", "EXCE": "", "EXCP": "",
    "POULTRY": "Poultry", "BBQ": "BBQ", "TV": "TV", "DVD": "DVD", "VHS": "VHS", "CD": "CD", "OJ": "OJ", "SPF": "SPF",
    "DXM": "DXM", "PSE": "PSE", "NZ": "New Zealand", "QSR": "Quick Service", "U": "", "ML": "ml", "AND": "and",
    "OF": "of", "ON": "on", "THE": "the", "FOR": "for", "WITH": "with", "W": "with", "IN": "in", "OR": "or", "NO": "No",
    "MEATLESS": "Meatless", "REFIGERATED": "Refrigerated", "PREPORTND": "Portioned", "JHOOK": "", "WIPS": "",
    "CRMS": "Creams", "WORCHESTER": "Worcestershire", "PORTON": "Portion", "HANDKE": "Handkerchiefs",
    "NTRTNL": "Nutritional", "BTLS": "Bottles", "INGRED": "Ingredients", "SARANETC": "Plastic Wrap",
}

# Whole product types that the source cuts off at 30 characters, or that say nothing by themselves.
TYPES = {
    "SFT DRNK 2 LITER BTL CARB INCL": "Soft Drink 2 Liter Bottle", "SOFT DRINKS 12/18&15PK CAN CAR": "Soft Drink Cans, Pack",
    "SOFT DRINKS 20PK&24PK CAN CARB": "Soft Drink Cans, Large Pack", "SOFT DRINKS 6PK/4PK CAN CARB (": "Soft Drink Cans, Small Pack",
    "SFT DRNK SNGL SRV BTL CARB (EX": "Soft Drink Single Bottle", "SFT DRNK MLT-PK BTL CARB (EXCP": "Soft Drink Bottles, Pack",
    "SOFT DRINK BOTTLE NON-CARB (EX": "Still Soft Drink Bottle", "SOFT DRINKS CAN NON-CARB (EXCE": "Still Soft Drink Can",
    "YOGURT NOT MULTI-PACKS": "Yogurt", "YOGURT MULTI-PACKS": "Yogurt Multi-Pack", "FLUID MILK WHITE ONLY": "Milk, White",
    "MAINSTREAM WHEAT/MULTIGRAIN BR": "Wheat and Multigrain Bread", "MAINSTREAM WHITE BREAD": "White Bread",
    "DAIRY CASE 100% PURE JUICE - O": "Chilled Orange Juice", "DAIRY CASE 100% PURE JUICE OTH": "Chilled Juice, Other",
    "DAIRY CASE JUICE DRNK UNDER 10": "Chilled Juice Drink", "DAIRY CASE FRUIT DRINKS (NO JU": "Chilled Fruit Drink",
    "DAIRY CASE CITRUS PNCH/OJ SUBS": "Chilled Citrus Punch", "DAIRY CASE TEA WITH SUGAR OR S": "Chilled Sweet Tea",
    "FRZN SS PREMIUM ENTREES/DNRS/N": "Frozen Premium Entree, Nutritional",
    "FRZN SS PREMIUM ENTREES/DNRS/T": "Frozen Premium Entree, Traditional",
    "SS ECONOMY ENTREES/DINNERS ALL": "Frozen Economy Entree", "FRZN MULTI SERVE ENTREES ALL": "Frozen Family Entree",
    "RTS SOUP: CHUNKY/HOMESTYLE ET": "Ready-to-Serve Soup", "SGL SV/VEND MACH SNACKS CHIP/P": "Single-Serve Chips",
    "SEMI-SOLID SALAD DRESSING MAY": "Mayonnaise and Salad Dressing", "BEERALEMALT LIQUORS": "Beer, Ale, Malt Liquor",
    "FRZN BREADED PREPARED CHICK": "Frozen Breaded Chicken", "FRZN BOXED VEGETABLES- VALUE A": "Frozen Boxed Vegetables, Value Added",
    "FRZN BAGGED VEGETABLES- VALUE": "Frozen Bagged Vegetables, Value Added", "FRZN BAGGED VEGETABLES - PLAIN": "Frozen Bagged Vegetables",
    "NON-CRBNTD DRNKING/MNERAL WATE": "Still Water", "NON-CARB FLVRD DRNKNG/MNRL WAT": "Still Flavored Water",
    "BUTTER SPRAY CRACKER (RITZ/CLU": "Butter Crackers", "CHEESE CRACKERS (CHEEZ-ITS/GOL": "Cheese Crackers",
    "SOUP CRACKERS (SALTINE/OYSTER)": "Soup Crackers", "FRZN BREAKFAST ENTREES/SANDWIC": "Frozen Breakfast Sandwich",
    "SANDWICHES&HANDHELDS": "Frozen Sandwiches and Handhelds", "FACIAL TISSUE & PAPER HANDKE": "Facial Tissue",
    "MEXICAN SAUCESSALSAPICANTEE": "Salsa and Picante Sauce", "MEXICAN SOFT TORTILLAS AND WRA": "Soft Tortillas and Wraps",
    "PLSTC CTLRYTBLCLTHSTTHPKSST": "Plastic Cutlery and Tableware", "DRY BEANS/PEAS/BARLEY: BAG & B": "Dry Beans, Peas, Barley",
    "MALTED MLK/SYRUP/PWDRS (EGGNOG": "Malted Milk and Syrups", "COUGH SYRP/LOZNG-DRP/XPCTRNT": "Cough Syrup and Drops",
    "TABLE SALT POPCORN SALTICE C": "Table Salt", "MANDARIN ORANGES/CITRUS SECT": "Mandarin Oranges and Citrus",
    "FRZN TATER TOTS/OTHER EXTRUDED": "Frozen Tater Tots", "EGGS - X-LARGE": "Eggs, Extra Large", "EGGS - LARGE": "Eggs, Large",
    "EGGS - MEDIUM": "Eggs, Medium", "CHIX:FRD 8PC/CUT UP (HOT)": "Hot Fried Chicken", "SAL:SALSA/DPS-PRPCK": "Salsa and Dips",
    "GRND/PATTY - FROZEN": "Frozen Ground Beef Patties", "SEAFOOD-FRZ-RAW FILLETS": "Frozen Raw Fish Fillets",
    "SEAFOOD-FRZ-IQF RAW SHRIMP RW": "Frozen Raw Shrimp", "PREP FD: SIDE DISHES (HOT)": "Hot Side Dish",
    "COCKTAIL MIXES-FLUID:ADD LIQ": "Cocktail Mix", "CRANAPPLE CRAN GRAPE JUICE (5": "Cranberry Juice Blend",
    "HOT MUSTARD/SPECIALTY MUSTAR": "Specialty Mustard", "WHOLE CHICKEN (ROASTERS/FRYER)": "Whole Chicken",
    "INSTANT COFFEE FLAVORED NO SWE": "Instant Flavored Coffee", "VENDOR SIZE/SINGLE SERVE COOKI": "Single-Serve Cookies",
    "DRY CAT FOOD (CAT CHOW/FRISKIE": "Dry Cat Food", "DRY DOG FOOD PREMIUM (ALPO/PUR": "Dry Dog Food, Premium",
    "CAN DOG FOOD (SKIPPY/PEDIGREE/": "Canned Dog Food", "CAN CATFD GOURMET/SUP PREM (GR": "Canned Cat Food, Premium",
    "MACARONI & CHEESE DNRS": "Macaroni and Cheese Dinner", "APPLES GOLD DELICIOUS (BULK&BA": "Apples, Golden Delicious",
    "APPLES RED DELICIOUS (BULK&BAG": "Apples, Red Delicious", "JUICE (UNDER 10% JUICE)": "Juice Drink",
    "STICKS/ENROBED": "Cheese Sticks", "LUNCH COMBO": "Lunch Combination", "BLENDS": "Salad Blend",
    "REGULAR GARDEN": "Garden Salad", "GARDEN PLUS": "Garden Salad Plus", "PIZZA/TRADITIONAL": "Frozen Pizza, Traditional",
    "PIZZA/ECONOMY": "Frozen Pizza, Economy", "PIZZA/PREMIUM": "Frozen Pizza, Premium", "WATER ICE": "Water Ice",
    "PREMIUM PINTS": "Ice Cream Pint, Premium", "SUPER PREMIUM PINTS": "Ice Cream Pint, Super Premium",
    "J-HOOKS": "Impulse Rack Article", "SPRING WATER": "Spring Water", "INSTORE CUT FRUIT": "Cut Fruit, In-Store",
    "KOSHER/SPECIALTY": "Kosher and Specialty Meat", "SUSHI - IN STORE PREPARED": "Sushi, In-Store",
    "CANNING JARSLIDSUTENSILSMIS": "Canning Jars and Lids", "VITAMIN - MULTIPLE COMBIN": "Multivitamins",
    "WINGS (IQF)": "Frozen Chicken Wings", "BREAST - BONELESS(IQF)": "Frozen Chicken Breast, Boneless",
}

# Types that only make sense behind their category.
BARE = {
    "PREMIUM", "LEAN", "PRIMAL", "POULTRY", "ENHANCED", "MAINSTREAM", "TRADITIONAL", "ECONOMY", "OTHER", "MISC", "VALUE",
    "MISCELLANEOUS", "SMOKED/COOKED", "ECONOMY - MEAT", "PREMIUM - MEAT", "PREMIUM - BEEF", "FRESH", "PATTIES", "ENTREES",
    "BETTER FOR YOU", "PRE-COOKED", "LINKS - RAW", "RIBS", "SPECIALTY", "REGULAR", "STANDARD", "SELECT", "NATURAL", "BOX",
    "SEASONAL", "ORGANIC", "LINKS - FULLY COOKED", "ROLLS - PORK", "BUTTS", "BEANS", "JUICE", "SNACKS: DRY", "ANGUS",
    "LOIN - CHOPS BONE-IN", "REFRIGERATED", "FROZEN", "WHOLE", "ALL OTHER", "BAGS", "DRY", "BULK", "ACCESSORIES",
}

DEPARTMENTS = {
    "DRUG GM": "Drugstore and General Merchandise", "MEAT-PCKGD": "Packaged Meat", "SEAFOOD-PCKGD": "Packaged Seafood",
    "CNTRL/STORE SUP": "Shop Supplies", "CHEF SHOPPE": "Chef Shop", "COUPON": "Coupons",
}


def label(text):
    """`FRZN FRUIT & JCE` -> `Frozen Fruit and Juice`; what the 30-character limit cut open is dropped."""
    if text in TYPES:
        return TYPES[text]
    if text.count("(") > text.count(")"):
        text = text[: text.rindex("(")]
    text = text.replace("W/O", "WITHOUT ").replace("W/", "WITH ").replace("&", " & ").replace("/", " / ").replace(":", ", ").replace("(BULK & BAG)", "").replace(" - ", ", ")
    words = []
    for word in re.findall(r"[A-Z0-9.%']+(?:-[A-Z0-9]+)*|[&/,()]", text):
        if word in WORDS:
            words.append(WORDS[word])
        elif "-" in word and all(part.isalpha() for part in word.split("-")):
            words.append("-".join(WORDS.get(part, part.capitalize()) for part in word.split("-")))
        else:
            words.append({"&": "and", "/": "/"}.get(word) or (word if not word[0].isalpha() else word.capitalize()))
    line = " ".join(word for word in words if word)
    line = re.sub(r"\s+([,)])", r"\1", line)
    line = re.sub(r"\(\s*", "(", line).replace(" / ", "/").replace("()", "")
    line = re.sub(r"(\s|,|and|/|with)+$", "", line)
    line = re.sub(r"^(and |[,/ ])+", "", line)
    return line[:1].upper() + line[1:]


def type_label(product_type, category):
    """A product type as a name; one that says nothing alone stands behind its category."""
    name = label(product_type)
    if product_type in BARE and category and label(category).lower() != name.lower():
        return f"{label(category)}, {name}"
    return name


UNITS = {
    "OZ": "oz", "OZS": "oz", "Z": "oz", "LB": "lb", "CT": "ct", "PK": "pack", "ML": "ml", "L": "l", "GAL": "gal", "GA": "gal",
    "QT": "qt", "PT": "pt", "IN": "in", "FT": "ft", "PC": "pieces", "PCS": "pieces", "DZ": "dozen", "LOAD": "loads", "LD": "loads",
    "LOADS": "loads", "CTN": "carton", "STEM": "stems", "SQ": "sq", "FL": "fl", "KIT": "kit", "GS": "g", "BTL": "bottle",
    "CAN": "can", "P": "pack", "BAG": "bag", "TUBE": "tube", "LOOSE": "loose", "PET": "", "ROLLS": "rolls", "SHEET": "sheets",
}


def size(text):
    """`12 PK/12 OZ` -> `12 x 12 oz`, `GAL` -> `1 gal`; an article number in front is dropped."""
    text = re.sub(r"^(\d{5,6}|[LN])\s+", "", text.replace("_", " ").strip())
    if text in ("", "L"):
        return ""
    text = re.sub(r"^(\d+)(?:\s*PK?)?\s*[/-]\s*(\.?\d[\d.]*)\s*(OZ|LB|ML|L|CT)\b", r"\1 x \2 \3", text)
    if re.fullmatch(r"(GAL|QT|PT|DZ|CTN|CT)", text):
        text = f"1 {text}"
    words = [UNITS.get(word, word.lower() if word.isalpha() else word) for word in re.findall(r"[\d./-]+|[A-Za-z]+|[()]", text)]
    return " ".join(word for word in words if word).replace(" /", "/").replace("/ ", "/")

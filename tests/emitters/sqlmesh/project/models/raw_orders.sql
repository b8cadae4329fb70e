MODEL (name raw.orders, kind SEED (path '../seeds/orders.csv'), columns (id INT, customer TEXT, country TEXT, cents INT), grain id);

CREATE DATABASE shop; USE shop;
CREATE TABLE t (id INT PRIMARY KEY, note VARCHAR(400) CHARACTER SET latin1);
CREATE TABLE u (id INT PRIMARY KEY);
-- from here on compressed
USE shop;
BEGIN;
INSERT INTO t VALUES (1,REPEAT('a',300)),(2,REPEAT('b',300));
INSERT INTO u VALUES (1);
UPDATE t SET note=REPEAT('c',300);
DELETE FROM t WHERE id=1;
COMMIT;
CREATE TABLE long_enough_to_be_compressed (id INT, a_column_with_a_long_name VARCHAR(100), a_column_with_another_name VARCHAR(100), a_column_with_a_third_name VARCHAR(100));
INSERT INTO u VALUES (2);

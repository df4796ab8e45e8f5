-- What xa.hex holds: XA transactions among others. One line is one statement; "b:" runs it in a
-- second session. MySQL and MariaDB alike, binlog_row_metadata=FULL.
CREATE DATABASE shop
CREATE TABLE shop.t (id INT PRIMARY KEY, n INT)
CREATE TABLE shop.u (id INT PRIMARY KEY)
XA START 'b'
INSERT INTO shop.t VALUES (1, 0)
INSERT INTO shop.u VALUES (2)
UPDATE shop.t SET n = 1 WHERE id = 1
XA END 'b'
XA PREPARE 'b'
b: INSERT INTO shop.t VALUES (3, 0)
b: XA START 'r'
b: INSERT INTO shop.t VALUES (4, 0), (5, 0)
b: XA END 'r'
b: XA PREPARE 'r'
XA COMMIT 'b'
XA START 'c', 'branch', 4711
INSERT INTO shop.t VALUES (6, 0)
INSERT INTO shop.u VALUES (7)
XA END 'c', 'branch', 4711
XA PREPARE 'c', 'branch', 4711
b: XA ROLLBACK 'r'
b: INSERT INTO shop.t VALUES (8, 0)
XA COMMIT 'c', 'branch', 4711
XA START 'o'
INSERT INTO shop.t VALUES (9, 0)
XA END 'o'
XA COMMIT 'o' ONE PHASE
INSERT INTO shop.t VALUES (10, 0)

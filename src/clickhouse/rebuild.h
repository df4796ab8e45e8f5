#pragma once

#include <string>
#include <vector>

#include "clickhouse/catalog.h"
#include "clickhouse/evolve.h"
#include "model/position.h"

namespace rowhouse::clickhouse {

// Statements that make the table of current rows anew under another key, from the rows it has.
//
// ClickHouse can't change a sorting key in place. The new table is filled beside the old one and
// takes its name at once (EXCHANGE), so readers see either. Its rows carry `at`, a version below
// every change to come and above all before; a mark just below voids what is older. They can be
// begun anew at any point: until the exchange the old table is as it was.
//
// Needs: nothing is being inserted (the queue and the routes are gone), and every message of
// before has been.
std::vector<std::string> RebuildStatements(
    const Evolution& evolution, const CatalogTable& current, RowVersion at
);

}  // namespace rowhouse::clickhouse

#pragma once

#include <string>
#include <vector>

#include "clickhouse/pipeline_sql.h"

namespace rowhouse::clickhouse {

// Makes the objects of a pipeline whose columns, topic and group are known.
void AddObjects(const PipelineOptions& options, TablePipeline& out);

// Lines "`name` type rest" of a CREATE TABLE.
std::string ColumnList(const std::vector<PipelineObject::Column>& columns);

}  // namespace rowhouse::clickhouse

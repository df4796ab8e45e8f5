#include "capture/ddl_rules.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace rowhouse::capture {

namespace {

using ddl::TableEffect;
using Effect = TableEffect::Kind;

constexpr size_t kShadowsMax = 256;

bool LooksLikeShadow(const TableId& id) {
  return id.table.starts_with('_') && (id.table.ends_with("_gho") || id.table.ends_with("_new"));
}

void AddOnce(const TableId& table, std::vector<TableId>& to) {
  if (std::ranges::find(to, table) == to.end()) {
    to.push_back(table);
  }
}

}  // namespace

std::string Outcome(const DdlOrders& orders) {
  std::vector<std::string> parts;
  for (const TableId& table : orders.emptied) {
    parts.push_back("rows of before are void in " + table.ToString());
  }
  for (const auto& [table, why] : orders.reload) {
    parts.push_back(fmt::format("loading {} again: {}", table.ToString(), why));
  }
  for (const TableId& table : orders.gone) {
    parts.push_back(table.ToString() + " is gone");
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

bool IsShadowOf(const TableId& shadow, const TableId& table) {
  if (shadow.db != table.db || !LooksLikeShadow(shadow)) {
    return false;
  }
  std::string_view name = shadow.table;
  name.remove_suffix(std::string_view("_gho").size());
  // pt-online-schema-change puts further underscores before a name that is taken.
  const size_t start = name.find_first_not_of('_');
  const size_t own = table.table.find_first_not_of('_');
  if (start == std::string_view::npos || own == std::string::npos || start <= own) {
    return false;
  }
  return name.substr(start) == std::string_view(table.table).substr(own);
}

DdlOrders DdlRules::Read(const SourceNotice& notice, uint16_t epoch) {
  DdlOrders orders;
  ddl::Hint hint = ddl::ParseHint(
      notice.text, notice.table.db, ddl::Dialect::Of(mariadb_, notice.sql_mode), notice.fold_names
  );
  orders.look = hint.rights;
  ddl::DdlEvent event;
  std::vector<TableEffect> renames;
  for (TableEffect& effect : hint.effects) {
    const bool concerns =
        effect.kind == Effect::kDropDatabase
            ? std::ranges::any_of(
                  there_, [&](const auto& known) { return known.first.db == effect.table.db; }
              )
            : wanted_(effect.table) || (!effect.other.table.empty() && wanted_(effect.other));
    if (effect.kind == Effect::kRename) {
      renames.push_back(effect);
    } else {
      Apply(effect, orders);
    }
    if (concerns) {
      event.effects.push_back(std::move(effect));
    }
  }
  Rename(renames, orders);
  for (const TableEffect& effect : orders.altered) {
    if (std::ranges::find(event.effects, effect) == event.effects.end()) {
      event.effects.push_back(effect);
    }
  }
  if (!event.effects.empty()) {
    event.at.epoch = epoch;
    event.at.binlog = notice.at;
    event.gtid = notice.gtid;
    event.ts_us = notice.ts_us;
    event.server_id = notice.server_id;
    event.db = notice.table.db;
    event.sql = notice.text;
    orders.event = std::move(event);
  }
  return orders;
}

void DdlRules::Apply(const TableEffect& effect, DdlOrders& orders) {
  const bool wanted = effect.kind != Effect::kDropDatabase && wanted_(effect.table);
  switch (effect.kind) {
    case Effect::kCreate:
      wanted ? Create(effect, orders) : void(shadows_.erase(effect.table));
      break;
    case Effect::kAlter:
      if (wanted) {
        orders.altered.push_back(effect);
      } else {
        NoteShadow(effect);
      }
      break;
    case Effect::kTruncate:
      if (wanted) {
        AddOnce(effect.table, orders.emptied);
      }
      break;
    case Effect::kDrop:
      wanted ? Drop(effect.table, orders) : void(shadows_.erase(effect.table));
      break;
    case Effect::kDropDatabase:
      for (const auto& [table, there] : std::map(there_)) {
        if (there && table.db == effect.table.db) {
          Drop(table, orders);
        }
      }
      break;
    case Effect::kRowsMoved:
      for (const TableId& table : {effect.table, effect.other}) {
        if (!table.table.empty() && wanted_(table)) {
          there_[table] = true;
          orders.reload.emplace_back(table, "a partition or tablespace brought or took rows");
        }
      }
      break;
    case Effect::kRename:
      break;  // all of a statement's renames together
  }
}

// What an online schema change does to the table it will put in another's place.
void DdlRules::NoteShadow(const TableEffect& effect) {
  if (!LooksLikeShadow(effect.table)) {
    return;
  }
  if (shadows_.size() >= kShadowsMax) {
    shadows_.clear();
  }
  auto& columns = shadows_[effect.table];
  columns.insert(columns.end(), effect.columns.begin(), effect.columns.end());
}

void DdlRules::Create(const TableEffect& effect, DdlOrders& orders) {
  if (effect.if_not_exists && There(effect.table)) {
    return;  // the server logs it although it did nothing
  }
  if (Knows(effect.table) || effect.or_replace) {
    AddOnce(effect.table, orders.emptied);
  }
  there_[effect.table] = true;
  AddOnce(effect.table, orders.started);
}

void DdlRules::Drop(const TableId& table, DdlOrders& orders) {
  if (There(table)) {
    there_[table] = false;
    AddOnce(table, orders.gone);
  }
}

// The pairs of one statement happen in order and show as one: what counts is whose rows each
// name has at the end.
void DdlRules::Rename(const std::vector<TableEffect>& renames, DdlOrders& orders) {
  std::map<TableId, std::optional<TableId>> rows_of;
  for (const TableEffect& rename : renames) {
    const auto moved = rows_of.find(rename.table);
    const TableId from = moved != rows_of.end() && moved->second ? *moved->second : rename.table;
    rows_of[rename.table] = std::nullopt;
    rows_of[rename.other] = from;
  }
  for (const auto& [table, from] : rows_of) {
    if (!wanted_(table) || from == table) {
      continue;
    }
    if (!from) {
      Drop(table, orders);
      continue;
    }
    const bool swapped = There(table);
    TakePlace(*from, table, swapped, orders);
  }
  for (const auto& [table, from] : rows_of) {
    shadows_.erase(table);
  }
}

void DdlRules::TakePlace(
    const TableId& from, const TableId& table, bool swapped, DdlOrders& orders
) {
  there_[table] = true;
  if (swapped && IsShadowOf(from, table)) {
    TableEffect alter;
    alter.kind = Effect::kAlter;
    alter.table = table;
    if (const auto told = shadows_.find(from); told != shadows_.end()) {
      alter.columns = told->second;
    }
    orders.altered.push_back(std::move(alter));
    return;
  }
  orders.reload.emplace_back(table, fmt::format("its rows were those of {}", from.ToString()));
}

bool DdlRules::There(const TableId& table) const {
  const auto known = there_.find(table);
  return known != there_.end() && known->second;
}

}  // namespace rowhouse::capture

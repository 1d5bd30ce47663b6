// SPDX-License-Identifier: Apache-2.0
// What somebody else published of the same experiment.
#include "tables.hpp"
#include "tables_parts.hpp"
#include "words.hpp"

#include <fmt/format.h>

namespace migralab {

Table source_table(const Analysis& analysis) {
  Table table{
      .name = "published-source",
      .caption = "What was published of this experiment.",
      .columns = {{"what", "", false}, {"text", "", false}},
      .rows = {}};
  if (!analysis.run->run.experiment.published) {
    return table;
  }
  const Published& published = *analysis.run->run.experiment.published;
  table.rows.push_back({"source", published.source});
  if (!published.says.empty()) {
    table.rows.push_back({"what it says", published.says});
  }
  if (!published.differs.empty()) {
    table.rows.push_back({"why ours differs", published.differs});
  }
  return table;
}

Table published_table(const Analysis& analysis) {
  Table table{
      .name = "published",
      .caption = {},
      .columns =
          {{"what", "", false},
           {"cell", "", false},
           {"metric", "", false},
           {"published"},
           {"measured here"},
           {"deviation", "%"}},
      .rows = {}};
  if (!analysis.run->run.experiment.published) {
    return table;
  }
  table.caption =
      fmt::format("Figures of {} beside those measured here.", analysis.run->run.experiment.published->source);
  for (const PublishedFacts& facts : analysis.published) {
    const PublishedValue& value = *facts.published;
    Field ours("not measured");
    if (facts.ours) {
      const PrintedUnit printed = printed_unit(facts.unit);
      ours = {
          figures(*facts.ours * printed.factor) + (printed.unit.empty() ? "" : " " + printed.unit),
          interval_text(facts.interval, printed.factor, *facts.ours * printed.factor)};
    }
    table.rows.push_back(
        {value.what,
         facts.cell ? analysis.cells[*facts.cell].name : "no such cell",
         in_words(value.metric),
         fmt::format("{:g}{}", value.value, value.unit.empty() ? "" : " " + value.unit),
         ours,
         facts.deviation ? fmt::format("{:+.0f}", *facts.deviation * 100) : "-"});
  }
  return table;
}

} // namespace migralab

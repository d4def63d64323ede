// A run, to be told: what was planned, what happened, and what decided. Data: story_text.hpp prints
// it, and reports carry it as JSON.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "props/check/run.hpp"

namespace poolproof::check {

struct Story {
  // What happens in one column without anything in another between: one line of the table.
  struct Row {
    Time at{};
    std::size_t step = 0;    // how many steps the run had taken
    std::size_t column = 0;  // of `columns`; their number: of none
    std::string text{};

    friend bool operator==(const Row&, const Row&) = default;
  };

  // What led to the violation, or is one.
  struct Deciding {
    std::size_t row = 0;
    std::string sentence{};

    friend bool operator==(const Deciding&, const Deciding&) = default;
  };

  std::string plan{};                  // the pool, troubles, what each caller is to do: a line each
  std::vector<std::string> columns{};  // one for each caller that came, perhaps a probe, the server
  std::vector<Row> rows{};             // up to the first violation, if there is one
  std::vector<Deciding> deciding{};    // in order of time; the last is the first violation

  friend bool operator==(const Story&, const Story&) = default;
};

void to_json(nlohmann::json& to, const Story& story);
void from_json(const nlohmann::json& from, Story& story);

// With more detail if the runner observed waits.
Story story(const RunResult& run);

// That sentence is what the story comes to.
void conclude(Story& story, std::string sentence);

}  // namespace poolproof::check

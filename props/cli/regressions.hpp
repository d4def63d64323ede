// The folder of regressions on the command line, and what `check` does with it.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "props/check/corpus.hpp"
#include "props/check/processes/rerun.hpp"
#include "props/cli/options.hpp"

namespace poolproof::cli {

// --near.
class NearOption {
 public:
  void add_to(CLI::App& command);
  // With as many processes as there are cores. Throws UsageError.
  [[nodiscard]] check::RerunOptions read() const;

 private:
  std::string near_ = "1000";
};

// --corpus.
class CorpusOption {
 public:
  void add_to(CLI::App& command);
  // What was given, made if there is none; .poolproof if there is one; else nothing. Throws if it
  // cannot be used.
  [[nodiscard]] std::optional<check::Corpus> open() const;
  // The same, but .poolproof is made if nothing is given.
  [[nodiscard]] check::Corpus made() const;
  // What was given or .poolproof, which must be there.
  [[nodiscard]] check::Corpus existing() const;

 private:
  std::optional<std::string> folder_;
};

// Why a regression says nothing about that pool, judged by these laws; nothing if it does.
std::optional<std::string> why_skipped(const check::Regression& regression,
                                       const check::Accused& accused, const check::Laws& laws);

using Say = std::function<void(const std::string& line)>;

// Replays each regression of the pool, with a line for each, until one does not hold.
class RegressionsFirst {
 public:
  RegressionsFirst(const check::Corpus& corpus, const check::Accused& accused,
                   const check::SearchOptions& search, const check::RerunOptions& options)
      : corpus_(corpus), accused_(accused), search_(search), options_(options) {}

  // That with which the check ends, if it ends here.
  std::optional<check::Rerun> run(const Say& say, const check::Progress& progress,
                                  const check::Notice& notice);
  // So far.
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

 private:
  const check::Corpus& corpus_;
  const check::Accused& accused_;
  const check::SearchOptions& search_;
  const check::RerunOptions& options_;
  std::vector<std::string> lines_;
};

// For a report to machines.
check::SearchResult result_of(const check::Rerun& rerun);

// Keeps what has been found, or tells how it would be kept: a line for the report.
std::string keep(const std::optional<check::Corpus>& corpus, const check::Accused& accused,
                 const check::SearchOptions& search, const check::Finding& finding);

}  // namespace poolproof::cli

#include "props/cli/regressions.hpp"

#include <fmt/format.h>

#include <limits>

#include "props/explore/near.hpp"

namespace poolproof::cli {

void NearOption::add_to(CLI::App& command) {
  command
      .add_option("--near", near_,
                  "where the code has changed and the law is not broken any more: how many "
                  "schedules near the token to try")
      ->capture_default_str();
}

check::RerunOptions NearOption::read() const {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  return {.near = static_cast<std::uint64_t>(read_number("--near", near_, 0, kMost)),
          .jobs = check::default_jobs()};
}

void CorpusOption::add_to(CLI::App& command) {
  command.add_option("--corpus", folder_,
                     fmt::format("the folder of regressions (default: {}, if there is one)",
                                 check::kDefaultCorpus));
}

std::optional<check::Corpus> CorpusOption::open() const {
  if (folder_) return check::Corpus::made_at(*folder_);
  if (!std::filesystem::is_directory(check::kDefaultCorpus)) return std::nullopt;
  return check::Corpus::made_at(check::kDefaultCorpus);
}

check::Corpus CorpusOption::made() const {
  return check::Corpus::made_at(folder_.value_or(check::kDefaultCorpus));
}

check::Corpus CorpusOption::existing() const {
  return check::Corpus(folder_.value_or(check::kDefaultCorpus));
}

std::optional<std::string> why_skipped(const check::Regression& regression,
                                       const check::Accused& accused, const check::Laws& laws) {
  if (regression.pool != accused.name()) {
    return fmt::format("is of another pool ({}): skipped", regression.pool);
  }
  if (!laws.contains(regression.law)) {
    return fmt::format("{} is not judged here: skipped", model::id(regression.law));
  }
  return std::nullopt;
}

std::optional<check::Rerun> RegressionsFirst::run(const Say& say, const check::Progress& progress,
                                                  const check::Notice& notice) {
  const auto tell = [&](const check::Corpus::Entry& entry, const std::string& what) {
    lines_.push_back(fmt::format("regression {}: {}", entry.name, what));
    say(lines_.back());
  };
  for (const check::Corpus::Entry& entry : corpus_.entries()) {
    if (const auto* const why = std::get_if<std::string>(&entry.content)) {
      tell(entry, "damaged: " + *why);
      continue;
    }
    const auto& regression = std::get<check::Regression>(entry.content);
    if (const auto why = why_skipped(regression, accused_, search_.laws)) {
      tell(entry, *why);
      continue;
    }
    check::Rerun rerun = check::rerun(accused_, regression.token, &regression.trace, search_,
                                      options_, progress, notice);
    tell(entry, check::outcome(rerun));
    if (rerun.verdict == check::Verdict::held || rerun.verdict == check::Verdict::unsupported) {
      continue;
    }
    return rerun;
  }
  return std::nullopt;
}

check::SearchResult result_of(const check::Rerun& rerun) {
  check::SearchResult result;
  result.verdict = rerun.verdict;
  result.schedules = rerun.searched + 1;
  result.finding = rerun.finding;
  result.detail = rerun.detail;
  return result;
}

std::string keep(const std::optional<check::Corpus>& corpus, const check::Accused& accused,
                 const check::SearchOptions& search, const check::Finding& finding) {
  if (!corpus) {
    return fmt::format("kept nowhere; --corpus {} keeps it, and replays it first on each check\n",
                       check::kDefaultCorpus);
  }
  try {
    const auto saved = corpus->save(check::regression(accused, search, finding, POOLPROOF_VERSION));
    return fmt::format("{} {}\n", saved.is_new ? "kept as" : "known as", saved.file);
  } catch (const std::runtime_error& error) {
    return fmt::format("it could not be kept: {}\n", error.what());
  }
}

}  // namespace poolproof::cli

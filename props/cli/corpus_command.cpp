// poolproof corpus: a folder of regressions listed, merged with others, or rid of what is of no use
// any more.
#include <fmt/format.h>

#include <memory>

#include "props/check/corpus.hpp"
#include "props/cli/commands.hpp"
#include "props/cli/regressions.hpp"

namespace poolproof::cli {
namespace {

using check::Corpus;
using check::Regression;

const Regression* regression_of(const Corpus::Entry& entry) {
  return std::get_if<Regression>(&entry.content);
}

std::string damage_of(const Corpus::Entry& entry) {
  return fmt::format("{}: damaged: {}", entry.name, std::get<std::string>(entry.content));
}

// ---- list ----

ExitStatus list(const CorpusOption& folder) {
  const Corpus corpus = folder.existing();
  std::size_t whole = 0;
  for (const Corpus::Entry& entry : corpus.entries()) {
    const Regression* const each = regression_of(entry);
    if (each == nullptr) {
      fmt::print("{}\n", damage_of(entry));
      continue;
    }
    ++whole;
    fmt::print("{}: {} of {}, {} choices, {} steps, {} bytes, seed {} after {} schedules, {}\n",
               entry.name, model::id(each->law), each->pool, each->token.tape.deviations(),
               each->trace.steps.size(), entry.size, each->seed, each->schedule,
               explore::to_text(each->token));
  }
  fmt::print("{} regression{} in {}\n", whole, whole == 1 ? "" : "s", corpus.folder().string());
  return ExitStatus::held;
}

// ---- merge ----

struct MergeOptions {
  CorpusOption into;
  std::vector<std::string> folders;
};

ExitStatus merge(const MergeOptions& options) {
  std::vector<Corpus> folders;
  for (const std::string& each : options.folders) folders.emplace_back(each);
  const Corpus into = options.into.made();
  std::size_t added = 0;
  std::size_t known = 0;
  std::size_t damaged = 0;
  for (const Corpus& folder : folders) {
    for (const Corpus::Entry& entry : folder.entries()) {
      const Regression* const each = regression_of(entry);
      if (each == nullptr) {
        fmt::print("{}/{}\n", folder.folder().string(), damage_of(entry));
        ++damaged;
        continue;
      }
      ++(into.save(*each).is_new ? added : known);
    }
  }
  fmt::print("merged into {}: {} new, {} known, {} damaged\n", into.folder().string(), added, known,
             damaged);
  return ExitStatus::held;
}

// ---- prune ----

struct PruneOptions {
  CorpusOption folder;
  AccusedOptions accused;
  NearOption near;
  bool dry_run = false;
};

class Pruning {
 public:
  Pruning(const PruneOptions& options, const check::Accused& accused)
      : accused_(accused), rerun_(options.near.read()), dry_run_(options.dry_run) {
    search_.laws = options.accused.laws(accused);
    search_.carrier = options.accused.carrier(accused);
  }

  void run(const Corpus& corpus) {
    const auto entries = corpus.entries();
    for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
      const std::string why = why_useless(entries.begin(), entry);
      if (why.empty()) continue;
      ++removed_;
      fmt::print("{}: {}: {}\n", entry->name, dry_run_ ? "would be removed" : "removed", why);
      if (!dry_run_) corpus.remove(entry->name);
    }
    fmt::print("pruned {}: {} {}, {} kept\n", corpus.folder().string(), removed_,
               dry_run_ ? "would be removed" : "removed", entries.size() - removed_);
  }

 private:
  using At = std::vector<Corpus::Entry>::const_iterator;

  // Empty if it is of use. Of those that are the same the first is kept.
  std::string why_useless(At begin, At entry) {
    const Regression* const each = regression_of(*entry);
    if (each == nullptr) return kept(*entry, "damaged: " + std::get<std::string>(entry->content));
    for (At earlier = begin; earlier != entry; ++earlier) {
      const Regression* const other = regression_of(*earlier);
      if (other != nullptr && check::duplicates(*other, *each)) {
        return fmt::format("it is the same as {}", earlier->name);
      }
    }
    if (const auto why = why_skipped(*each, accused_, search_.laws)) return kept(*entry, *why);
    const check::Rerun rerun = check::rerun(
        accused_, each->token, &each->trace, search_, rerun_, [](std::uint64_t) { return true; },
        [](const std::string& line) { fmt::print(stderr, "{}\n", line); });
    const std::string outcome = check::outcome(rerun);
    return rerun.verdict == check::Verdict::held ? outcome : kept(*entry, outcome);
  }

  static std::string kept(const Corpus::Entry& entry, const std::string& why) {
    fmt::print("{}: kept: {}\n", entry.name, why);
    return "";
  }

  const check::Accused& accused_;
  check::SearchOptions search_;
  check::RerunOptions rerun_;
  bool dry_run_;
  std::size_t removed_ = 0;
};

ExitStatus prune(const PruneOptions& options) {
  const Corpus corpus = options.folder.existing();
  const check::Accused accused = options.accused.accused();
  Pruning(options, accused).run(corpus);
  return ExitStatus::held;
}

}  // namespace

void add_corpus(CLI::App& app, Command& chosen) {
  CLI::App& corpus = *app.add_subcommand("corpus", "The folder of regressions.");
  corpus.require_subcommand(1);

  auto listed = std::make_shared<CorpusOption>();
  CLI::App& list_command = *corpus.add_subcommand("list", "What is in it.");
  listed->add_to(list_command);
  list_command.callback([listed, &chosen] { chosen = [listed] { return list(*listed); }; });

  auto merged = std::make_shared<MergeOptions>();
  CLI::App& merge_command =
      *corpus.add_subcommand("merge", "Add what other folders hold, and it does not.");
  merge_command.add_option("folders", merged->folders, "where they are")->required();
  merged->into.add_to(merge_command);
  merge_command.callback([merged, &chosen] { chosen = [merged] { return merge(*merged); }; });

  auto pruned = std::make_shared<PruneOptions>();
  CLI::App& prune_command = *corpus.add_subcommand(
      "prune", "Remove what breaks nothing of the pool any more, and what is there twice.");
  pruned->folder.add_to(prune_command);
  pruned->accused.add_to(prune_command);
  pruned->near.add_to(prune_command);
  prune_command.add_flag("--dry-run", pruned->dry_run, "only say what would be removed");
  prune_command.callback([pruned, &chosen] { chosen = [pruned] { return prune(*pruned); }; });
}

}  // namespace poolproof::cli

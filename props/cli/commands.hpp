// The commands of `poolproof`. Each adds itself to the command line and, if chosen, runs.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "props/cli/options.hpp"

namespace poolproof::cli {

using Command = std::function<ExitStatus()>;

// Sets `chosen` when the command line asks for it.
void add_check(CLI::App& app, Command& chosen);
void add_corpus(CLI::App& app, Command& chosen);
void add_explore(CLI::App& app, Command& chosen);
void add_model(CLI::App& app, Command& chosen);
void add_mutants(CLI::App& app, Command& chosen);
void add_replay(CLI::App& app, Command& chosen);
void add_shrink(CLI::App& app, Command& chosen);

}  // namespace poolproof::cli

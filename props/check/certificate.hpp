// What an exploration has proved, as a file that another exploration can be compared with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "props/check/exploration.hpp"

namespace poolproof::check {

struct Certificate {
  std::string accused;  // its name, and a digest of the code that ran
  std::string code;
  std::string scenario;  // in words, all of it
  // Digests of the law sentences; and of the model within the scenario's bounds: its states and
  // steps.
  std::string sentences;
  std::string model;
  std::vector<std::string> laws;
  bool refines = false;  // each step is one that the model allows
  std::uint64_t classes = 0;
  std::uint64_t executions = 0;
  std::string digest;  // over the sorted fingerprints of the classes, in hexadecimal

  friend bool operator==(const Certificate&, const Certificate&) = default;
};

Certificate certificate(const Accused& accused, const ExplorationOptions& options,
                        const Exploration& found);

std::string to_json(const Certificate& certificate);

// Both throw std::runtime_error, with the file's name and what is wrong.
void write_certificate(const std::string& file, const Certificate& certificate);
Certificate read_certificate(const std::string& file);

// What does not agree, in a sentence; nothing if all does but the executions, which are the
// algorithm's own.
std::optional<std::string> difference(const Certificate& given, const Certificate& found);

}  // namespace poolproof::check

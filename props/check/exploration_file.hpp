// An exploration that is not at its end, as a file: another process can go on from it.
#pragma once

#include <optional>
#include <string>

#include "props/check/certificate.hpp"
#include "props/check/exploration.hpp"

namespace poolproof::check {

class ExplorationFile {
 public:
  // `about`: what is explored; its figures do not matter.
  ExplorationFile(std::string name, Certificate about)
      : name_(std::move(name)), about_(std::move(about)) {}

  // What it holds; nothing if there is no such file. Throws std::runtime_error, with the file's
  // name and what is wrong, if it cannot be read or is about something else.
  [[nodiscard]] std::optional<Explorable> read() const;
  // In place of what it held, all or nothing. Throws std::runtime_error.
  void write(const Explorable& seen) const;

 private:
  std::string name_;
  Certificate about_;
};

}  // namespace poolproof::check

// The pool under test, whoever wrote it, behind the adapter of <poolproof/adapter.h>.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include <poolproof/adapter.h>

namespace poolproof::check {

inline constexpr poolproof_extension kNoExtension{};

class Accused {
 public:
  explicit Accused(const poolproof_adapter& adapter,
                   const poolproof_extension& extension = kNoExtension, std::string file = {},
                   bool instrumented = false)
      : adapter_(&adapter),
        extension_(extension),
        file_(std::move(file)),
        instrumented_(instrumented) {}

  // Loads a plugin; it stays loaded. Or, in one line, why it cannot.
  static std::variant<Accused, std::string> load(const std::string& file);

  [[nodiscard]] const poolproof_adapter& adapter() const { return *adapter_; }
  // With every operation NULL if it has none.
  [[nodiscard]] const poolproof_extension& extension() const { return extension_; }
  [[nodiscard]] std::string name() const { return adapter_->name; }
  // Empty if it is built in.
  [[nodiscard]] const std::string& file() const { return file_; }
  // The files that it brought into the process and that have thread_local storage, which fibers
  // would share.
  [[nodiscard]] const std::vector<std::string>& thread_locals() const { return thread_locals_; }
  // Whether it tells of its accesses to memory: see poolproof_instrument().
  [[nodiscard]] bool instrumented() const { return instrumented_; }

 private:
  const poolproof_adapter* adapter_;
  poolproof_extension extension_;
  std::string file_;
  std::vector<std::string> thread_locals_;
  bool instrumented_;
};

// The pool of this project.
Accused ours();

}  // namespace poolproof::check

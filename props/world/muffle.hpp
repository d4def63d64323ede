// Standard error while tasks run: the accused may say the same thing thousands of times (libpq
// prints each notice). The end of it is kept, as the last words of one that aborts.
#pragma once

#include <cstdio>
#include <string>

namespace poolproof::world {

class Muffle {
 public:
  Muffle();
  ~Muffle();
  Muffle(const Muffle&) = delete;
  Muffle& operator=(const Muffle&) = delete;

  // Between these two `stderr`, which the C library lets one assign, is this object's.
  void begin();
  void end();

  // The last line that was written since begin(); empty if none was.
  [[nodiscard]] std::string last_line();

 private:
  static ssize_t write(void* self, const char* bytes, std::size_t size);

  std::FILE* stream_;
  std::FILE* outer_ = nullptr;
  std::string tail_;
};

}  // namespace poolproof::world

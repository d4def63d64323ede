#include "props/world/postgres/sabotage.hpp"

#include <algorithm>
#include <array>

#include "props/world/postgres/wire.hpp"

namespace poolproof::world::postgres {
namespace {

constexpr std::size_t kHeader = 1 + sizeof(std::int32_t);  // type and length

// Where in a message.
enum class Cut : std::uint8_t {
  before,
  in_header,
  after_header,
  in_body,
  before_last_byte,
  behind
};
constexpr std::uint32_t kCuts = 6;
constexpr std::uint32_t kMostMessages = 256;  // of an answer, that are told apart

// With its type and length. Bytes that are no message, such as the answer to an SSLRequest, count
// as one.
std::size_t size_of_first(std::string_view answer) {
  if (answer.size() < kHeader) return answer.size();
  const auto length = static_cast<std::size_t>(read_number32(answer.substr(1)));
  return std::clamp(length + 1, kHeader, answer.size());
}

std::uint32_t count_messages(std::string_view answer) {
  std::uint32_t count = 0;
  for (; !answer.empty() && count < kMostMessages; ++count) {
    answer.remove_prefix(size_of_first(answer));
  }
  return count;
}

std::size_t place_of(Cut cut, std::size_t size) {
  switch (cut) {
    case Cut::before: return 0;
    case Cut::in_header: return std::min<std::size_t>(1, size);
    case Cut::after_header: return std::min(kHeader, size);
    case Cut::in_body: return std::min(kHeader + (size - std::min(kHeader, size)) / 2, size);
    case Cut::before_last_byte: return size - std::min<std::size_t>(1, size);
    case Cut::behind: return size;
  }
  return 0;
}

std::size_t some_place(Scheduler& scheduler, std::string_view answer) {
  const std::uint32_t messages = count_messages(answer);
  if (messages == 0) return 0;
  const std::uint32_t from_last = scheduler.choose(Stream::faults, messages);
  std::size_t begin = 0;
  for (std::uint32_t i = 0; i + 1 + from_last < messages; ++i) {
    begin += size_of_first(answer.substr(begin));
  }
  const auto cut = static_cast<Cut>(scheduler.choose(Stream::faults, kCuts));
  return begin + place_of(cut, size_of_first(answer.substr(begin)));
}

}  // namespace

std::optional<Harm> harm(Scheduler& scheduler, Faults& faults, Place place,
                         std::string_view answer) {
  for (const FaultKind kind : {FaultKind::broken_off, FaultKind::reset, FaultKind::silent}) {
    if (faults.strikes(kind, place)) return Harm{kind, some_place(scheduler, answer)};
  }
  return std::nullopt;
}

}  // namespace poolproof::world::postgres

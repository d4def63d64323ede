#include "model/digest.hpp"

#include <string_view>
#include <utility>

namespace poolproof::model {
namespace {

// Fowler, Noll and Vo's, of 64 bits.
class Digest {
 public:
  void add(std::string_view text) {
    for (const char each : text) add_byte(static_cast<unsigned char>(each));
    add_byte(0);
  }
  void add(std::uint64_t number) {
    for (int i = 0; i < 8; ++i) add_byte(static_cast<unsigned char>(number >> (8 * i)));
  }
  [[nodiscard]] std::uint64_t value() const { return hash_; }

 private:
  void add_byte(unsigned char each) { hash_ = (hash_ ^ each) * 0x100000001b3; }

  std::uint64_t hash_ = 0xcbf29ce484222325;
};

}  // namespace

std::uint64_t digest(Scope scope, StepFunction step) {
  Digest digest;
  scope.laws = {LawId::stuck};  // no step can break it
  scope.visited = [&](const State& state) { digest.add(to_string(state)); };
  scope.followed = [&](const Edge& edge) {
    digest.add(edge.from);
    digest.add(to_string(edge.move));
    for (const Answer& answer : edge.step.answers) digest.add(to_string(answer));
    digest.add(edge.to);
  };
  reach(scope, step);
  return digest.value();
}

}  // namespace poolproof::model

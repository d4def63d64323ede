// What a query is made of, as parsed: pure data.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "props/world/postgres/values.hpp"

namespace poolproof::world::postgres {

struct Expression {
  enum class Kind : std::uint8_t {
    literal,
    parameter,  // $1: `number` is 1
    column,     // text is its name
    call,       // text is the function, arguments follow
    cast,       // to `type`
    unary,      // text is the operator
    binary,
    star,  // the argument of count(*), or all columns
  };
  Kind kind = Kind::literal;
  std::string text = {};
  Type type = Type::unknown;
  bool null = false;
  std::size_t number = 0;
  std::vector<Expression> arguments = {};
};

// SELECT, VALUES or TABLE.
struct Query {
  struct Item {
    Expression expression;
    std::string name;  // after AS; empty: it has the expression's
  };

  std::vector<Item> items = {};
  std::vector<std::vector<Expression>> values = {};  // of VALUES
  std::string table = {};                            // in FROM; empty: none
  std::string alias = {};                            // of what stands in FROM
  std::string column_alias = {};
  std::optional<Expression> function = {};  // in FROM, or a generate_series among the items
  std::optional<Expression> where = {};
  std::optional<Expression> limit = {};
  bool locks = false;      // FOR UPDATE and its kin
  bool understood = true;  // false: it has parts that are not modelled, and finds no row
};

}  // namespace poolproof::world::postgres

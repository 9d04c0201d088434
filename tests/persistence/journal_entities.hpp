#pragma once

#include "journal_world.hpp"

namespace reserve::test {

using verdicts = std::vector<verdict>;

inline const auto unit = journal_world::entity(7, 1);
inline const auto other = journal_world::entity(7, 2);
inline const auto third = journal_world::entity(7, 3);
inline const auto elsewhere = journal_world::entity(8, 1);

inline append_outcome failing(append_outcome::kind what, std::string sqlstate = {}) {
  return {what, std::move(sqlstate), {}};
}

} // namespace reserve::test

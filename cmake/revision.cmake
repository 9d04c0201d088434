# Writes the version and the git revision into a header, and only when they have changed, so that a build after no change builds nothing.
set(revision unknown)
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE_DIR} rev-parse --short=12 HEAD OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(found)
    set(revision ${found})
  endif()
endif()
file(CONFIGURE OUTPUT ${TARGET} CONTENT [[
#pragma once

namespace reserve {

inline constexpr const char* version = "@VERSION@";
inline constexpr const char* revision = "@revision@";

} // namespace reserve
]] @ONLY)

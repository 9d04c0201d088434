#pragma once

#include "std.hpp"

#include <boost/asio/io_context.hpp>
#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include "actors/protocols/messages.hpp"

// libfmt has it; without this line every file that logs compiles the formatting of every type once more.
extern template void fmt::detail::vformat_to<char>(fmt::detail::buffer<char>&, fmt::string_view, fmt::format_args, fmt::detail::locale_ref);

#pragma once

#include "std.hpp"

#include <catch2/catch.hpp>

#pragma once

#include <array>
#include <string_view>

/// The names behind the catalogue. All houses, streets and numbers are invented.
namespace reserve::sandbox::data {

struct house {
  std::string_view name, slug, kind, district, text;
  int price; ///< Of its smallest room on a quiet weekday, BRL.
};

inline constexpr std::array<house, 20> houses{{
    {"Pousada Serra do Corvo Branco", "pousada-serra-do-corvo-branco", "pousada", "Serra do Corvo Branco",
     "Pousada de montanha a poucos minutos do corte da serra, com café colonial e lareira em todos os quartos.", 320},
    {"Hotel Vale das Araucárias", "hotel-vale-das-araucarias", "hotel", "Centro",
     "Hotel no centro de Urubici, cercado de araucárias centenárias, com restaurante de truta e piscina térmica.", 380},
    {"Chalés Cascata do Avencal", "chales-cascata-do-avencal", "chalet", "Avencal",
     "Chalés de madeira com vista para a Cascata do Avencal, hidromassagem e cozinha completa.", 450},
    {"Cabanas Morro da Igreja", "cabanas-morro-da-igreja", "cabin", "Morro da Igreja",
     "Cabanas de pedra e vidro na estrada do Morro da Igreja, o ponto mais frio do Brasil.", 520},
    {"Pousada Recanto dos Pinhais", "pousada-recanto-dos-pinhais", "pousada", "Águas Brancas",
     "Casa de família com pomar de maçãs, fogão a lenha e trilhas entre os pinhais.", 260},
    {"Fazenda Rio dos Bugres", "fazenda-rio-dos-bugres", "farm_stay", "Rio dos Bugres",
     "Fazenda centenária com cavalgadas, ordenha, queijo serrano e pesca de truta.", 340},
    {"Pousada Campo dos Padres", "pousada-campo-dos-padres", "pousada", "Santa Teresinha",
     "Ponto de partida das travessias do Campo dos Padres, com guias e café às cinco da manhã.", 290},
    {"Hostel Pedra Furada", "hostel-pedra-furada", "hostel", "Centro",
     "Hostel alegre com cozinha compartilhada, fogueira e bicicletas, a uma quadra da praça.", 95},
    {"Resort Águas Brancas", "resort-aguas-brancas", "resort", "Águas Brancas",
     "Resort de serra com spa, piscina aquecida, adega e programação para crianças.", 780},
    {"Apartamentos Praça Central", "apartamentos-praca-central", "apartment", "Centro",
     "Apartamentos mobiliados com garagem e aquecimento, no coração da cidade.", 240},
    {"Pousada Véu de Noiva", "pousada-veu-de-noiva", "pousada", "Morro da Igreja",
     "Ao lado da cascata Véu de Noiva, com ofurô ao ar livre e jantar à luz de velas.", 410},
    {"Chalés Caminho da Neve", "chales-caminho-da-neve", "chalet", "São Francisco",
     "Chalés aconchegantes com deck, lareira suspensa e vista para o vale do rio Canoas.", 470},
    {"Cabanas Rio Canoas", "cabanas-rio-canoas", "cabin", "Rio Canoas", "Cabanas à beira do rio Canoas, com rede, churrasqueira e silêncio.", 360},
    {"Hotel Fazenda Serra Azul", "hotel-fazenda-serra-azul", "farm_stay", "São Pedro",
     "Hotel fazenda com pensão completa, lagos, tirolesa e galpão crioulo.", 490},
    {"Pousada Flor de Cerejeira", "pousada-flor-de-cerejeira", "pousada", "Santa Teresinha",
     "Jardins de cerejeiras, café da manhã na cesta e quartos com piso aquecido.", 330},
    {"Refúgio Gruta Nossa Senhora", "refugio-gruta-nossa-senhora", "cabin", "Esquina",
     "Refúgio de dois pisos em meio à mata, perto da gruta e do morro do Campestre.", 400},
    {"Hotel Inverno Serrano", "hotel-inverno-serrano", "hotel", "Centro",
     "Hotel tradicional com calefação central, sala de jogos e estacionamento coberto.", 310},
    {"Pousada Morro do Campestre", "pousada-morro-do-campestre", "pousada", "Campestre",
     "O nascer do sol do Morro do Campestre na janela, com passeios de quadriciclo.", 350},
    {"Chalés Sete Quedas", "chales-sete-quedas", "chalet", "Riacho", "Chalés românticos com banheira de imersão e acesso privativo às sete quedas.",
     560},
    {"Domo Estrela da Serra", "domo-estrela-da-serra", "other", "Panelão",
     "Domos geodésicos com teto transparente, luneta e fondue servido no quarto.", 620},
}};

struct room_kind {
  std::string_view name, slug, bed, text;
  int capacity, max_occupancy, beds, size_m2, price_percent, allotment;
};

/// Three in a row make the rooms of a house.
inline constexpr std::array<room_kind, 15> rooms{{
    {"Quarto Duplo Standard", "quarto-duplo-standard", "double", "Quarto com cama de casal, aquecedor e banho a gás.", 2, 2, 1, 18, 100, 8},
    {"Quarto Família", "quarto-familia", "single", "Uma cama de casal e duas de solteiro, com varanda.", 3, 4, 3, 28, 145, 4},
    {"Suíte Master com Lareira", "suite-master-com-lareira", "king", "Suíte ampla com lareira, hidromassagem e vista.", 2, 3, 1, 36, 190, 2},
    {"Quarto Casal Vista Vale", "quarto-casal-vista-vale", "queen", "Janela para o vale, cama queen e calefação.", 2, 3, 1, 22, 115, 5},
    {"Quarto Triplo", "quarto-triplo", "single", "Três camas de solteiro e banheiro privativo.", 3, 3, 3, 24, 130, 6},
    {"Suíte Ofurô", "suite-ofuro", "king", "Ofurô no deck privativo e café servido na suíte.", 2, 2, 1, 34, 205, 1},
    {"Chalé Casal", "chale-casal", "queen", "Chalé com lareira, cozinha e deck.", 2, 2, 1, 35, 100, 3},
    {"Chalé Família", "chale-familia", "double", "Dois quartos, sala com lareira e cozinha completa.", 4, 6, 3, 62, 160, 2},
    {"Chalé Premium", "chale-premium", "king", "Hidromassagem com vista, adega e fogo de chão.", 2, 3, 1, 48, 185, 1},
    {"Cabana Compacta", "cabana-compacta", "queen", "Cabana para dois com fogão a lenha.", 2, 2, 1, 24, 100, 4},
    {"Cabana Panorâmica", "cabana-panoramica", "king", "Parede de vidro, lareira suspensa e deck.", 2, 3, 1, 40, 150, 2},
    {"Cabana do Rio", "cabana-do-rio", "double", "Dois pisos, churrasqueira e acesso ao rio.", 4, 5, 3, 58, 175, 1},
    {"Apartamento Estúdio", "apartamento-estudio", "double", "Estúdio com cozinha americana e garagem.", 2, 3, 1, 30, 100, 5},
    {"Apartamento Dois Quartos", "apartamento-dois-quartos", "double", "Dois quartos, sala e cozinha equipada.", 4, 5, 3, 64, 165, 3},
    {"Cobertura", "cobertura", "king", "Cobertura com terraço, churrasqueira e vista da serra.", 4, 6, 3, 90, 230, 1},
}};

inline constexpr std::array<std::string_view, 16> house_amenities{"wifi",     "breakfast",    "parking", "fireplace", "heating", "restaurant",
                                                                  "pool",     "pets_allowed", "spa",     "bar",       "garden",  "barbecue",
                                                                  "bicycles", "playground",   "laundry", "accessible"};

inline constexpr std::array<std::string_view, 10> room_amenities{"private_bathroom", "heating", "tv",      "minibar",    "fireplace",
                                                                 "hot_tub",          "kitchen", "balcony", "hair_dryer", "coffee_maker"};

inline constexpr std::array<std::string_view, 8> streets{
    "Avenida Adolfo Konder", "Rua Boanerges Pereira de Medeiros", "Estrada Geral do Avencal",   "Rodovia SC-110",
    "Rodovia SC-370",        "Rua Policarpo de Souza Costa",      "Estrada do Morro da Igreja", "Rua das Hortênsias"};

} // namespace reserve::sandbox::data

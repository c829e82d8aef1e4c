using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Session;

/// <summary>A connection as four words, the same at both of its ends and at no other: for people to compare. Spec: tickets.md §5.3.</summary>
internal static class FourWords
{
    private const int Count = 4;

    public static string Of(in Bytes32 exporter)
    {
        Span<byte> picks = stackalloc byte[Count];
        Sha256.HkdfExpand(exporter, "hawser/words/1"u8, picks); // tickets.md §5.3
        var text = new StringBuilder();
        foreach (var pick in picks)
        {
            if (text.Length > 0) text.Append(' ');
            text.Append(All[pick]);
        }

        return text.ToString();
    }

    // tickets.md §5.3
    internal static readonly string[] All = """
        acid acorn actor agate album alley amber anchor angle ankle apple apron arrow attic axle bacon
        badge baker bamboo banjo barrel basil beach beard beetle bench berry birch bishop blade blanket bonfire
        bottle brick bridge broom bucket butter button cabin cactus camel candle canoe canvas carpet castle cattle
        cedar cellar chalk cherry chess chimney cider cinema circus clay clock cloud clover coal cobra cocoa
        comet copper coral corner cotton cradle crane crater cricket crown crystal curtain daisy dancer desert diamond
        dinner doctor dolphin donkey dragon drawer drum eagle easel echo elbow elder engine fabric falcon farmer
        feather ferry fiddle finger flame flute forest fossil fountain fox frost funnel galaxy garden garlic gate
        ginger glacier globe goblet gravel guitar hammer harbor hazel helmet heron hockey honey hotel igloo iguana
        inch iris island ivory jacket jaguar jelly jigsaw judge juice jungle kayak kennel kettle kitten knight
        ladder lagoon lantern lemon lentil letter lily linen lizard lobster locket lotus lunch magnet mango maple
        marble market meadow melon mirror mitten monkey morning mosaic mud muffin museum nail napkin nectar needle
        nest nickel noodle notebook nutmeg oasis ocean olive onion opera orbit orchid otter oven oyster paddle
        palace panda paper parrot pasture peach pebble pencil pepper piano pigeon pillow pirate planet plum pocket
        poem pony potato prism puzzle quartz quilt rabbit radio raven ribbon river robin rocket saddle salmon
        scarf shovel silver spider sponge summer sunset swan table teapot temple thunder tiger tulip tunnel turnip
        turtle uncle valley velvet vessel violin waffle wagon walnut willow window winter yarn yogurt zebra zipper
        """.Split([' ', '\n']);
}

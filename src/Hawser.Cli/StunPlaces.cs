using System.Net;
using Hawser.Net;
using Hawser.Net.Proving;

namespace Hawser.Cli;

/// <summary>What <c>--stun</c> means: one place, or two addresses with the same two ports, or <c>off</c>.</summary>
internal static class StunPlaces
{
    /// <summary>Null where nothing was said.</summary>
    public static StunListen? Parse(string[]? places, out bool answers)
    {
        answers = places is not ["off"];
        switch (places)
        {
            case null or [] or ["off"]: return null;
            case [var only]: return Of(ParseOne(only), null);
            case [var first, var second]:
                var (one, other) = (ParseOne(first), ParseOne(second));
                if (one.Port != other.Port || one.Address == other.Address || one.IsIPv4 != other.IsIPv4 || one.Address == 0 || IsAny(one) || IsAny(other))
                    throw new HawserException(Reason.Usage, $"{first} and {second} are not two addresses of one kind with one port",
                        "name two of this machine's own: --stun 203.0.113.7 --stun 203.0.113.8");
                return Of(one, other);
            default: throw new HawserException(Reason.Usage, "--stun takes one address, or two", null);
        }
    }

    /// <summary>An address, with the standard's port where none is written.</summary>
    public static HostPort ParseOne(string text)
    {
        if (IPAddress.TryParse(text, out var address)) return HostPort.From(new(address, StunListen.DefaultPort));
        if (IPEndPoint.TryParse(text, out var place) && place.Port != 0) return HostPort.From(place);
        throw new HawserException(Reason.Usage, $"{text} is no address", "write it as in 203.0.113.7 or 203.0.113.7:3478");
    }

    private static StunListen Of(HostPort first, HostPort? other)
    {
        if (first.Port == ushort.MaxValue) throw new HawserException(Reason.Usage, "the second port would be above 65535", "choose a lower one");
        return new(first, (ushort)(first.Port + 1), other);
    }

    private static bool IsAny(in HostPort place) => place.IsIPv4 && (uint)(place.Address & uint.MaxValue) == 0;
}

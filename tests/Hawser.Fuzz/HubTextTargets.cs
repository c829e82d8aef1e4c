using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Wire;

namespace Hawser.Fuzz;

/// <summary>What reads as a hub's card writes back the same bytes.</summary>
internal sealed class HubCardTarget : IFuzzTarget
{
    internal static readonly SigningKey Key = new(Bytes32.Read([.. Enumerable.Repeat((byte)1, Bytes32.Size)]));

    public static byte[][] Seeds { get; } =
    [
        new HubCard
        {
            Name = "harbour", Url = "https://hub.example.org", At = HostPort.Read([192, 0, 2, 1], 65430), AdminKey = Key.Public,
            ChannelKey = default,
        }.SignWith(Key).Write(),
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (HubCard.TryRead(input, out var card) && !input.SequenceEqual(card.Write())) throw new InvalidDataException("not canonical");
    }
}

/// <summary>What reads as a sign-on writes back the same bytes.</summary>
internal sealed class SignOnRequestTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [SignOnRequest.Sign(default, Member.FounderId(1), HubCardTarget.Key, default).Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (SignOnRequest.TryRead(input, out var request) && !input.SequenceEqual(request.Write()))
            throw new InvalidDataException("not canonical");
    }
}

/// <summary>What reads as a grant writes back the same bytes.</summary>
internal sealed class SignOnGrantTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
        [SignOnGrant.Sign(default, Member.FounderId(1), HubCardTarget.Key, HubCardTarget.Key.Public, HubCardTarget.Key.Public).Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (SignOnGrant.TryRead(input, out var grant) && !input.SequenceEqual(grant.Write()))
            throw new InvalidDataException("not canonical");
    }
}

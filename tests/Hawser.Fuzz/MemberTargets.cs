using Hawser.Federation;
using Hawser.Wire;

namespace Hawser.Fuzz;

/// <summary>What reads as a vote writes back the same bytes.</summary>
internal sealed class MemberVoteTarget : IFuzzTarget
{
    internal static readonly HubCard Card = new HubCard
    {
        Name = "late", Url = "https://late.example", At = HostPort.Read([192, 0, 2, 9], 65430), AdminKey = HubCardTarget.Key.Public,
        ChannelKey = default, Genesis = default(Bytes32),
    }.SignWith(HubCardTarget.Key);

    public static byte[][] Seeds { get; } =
    [
        new MemberVote(default, true, MemberChange.Add(Card)).Write(),
        new MemberVote(default, false, MemberChange.Retire(Member.FounderId(3))).Write(),
        new MemberVote(default, true, MemberChange.Rekey(Member.FounderId(2), Card)).Write(),
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (MemberVote.TryRead(input, out var vote)) NamingSeeds.MustEqual(vote.Write(), input);
    }
}

/// <summary>What reads as a question writes back the same bytes.</summary>
internal sealed class JoinRequestTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
        [new JoinRequest(default, MemberChange.Add(MemberVoteTarget.Card)).Write(), new JoinRequest(default, MemberChange.Rekey(Member.FounderId(2), MemberVoteTarget.Card)).Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (JoinRequest.TryRead(input, out var request)) NamingSeeds.MustEqual(request.Write(), input);
    }
}

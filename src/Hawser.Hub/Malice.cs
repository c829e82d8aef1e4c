using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;

namespace Hawser.Hub;

/// <summary>
/// A dishonest admin for the lab: it says two things, keeps data back, and is late. All its lies are its own key's, so
/// whoever runs it harms nobody but itself. On only where the variable HAWSER_TEST_MALICE says how.
/// </summary>
internal sealed class Malice
{
    public const string Variable = "HAWSER_TEST_MALICE";

    private readonly bool _equivocates, _withholds, _delays;
    private readonly Random _random = new(1);
    private readonly Lock _gate = new();

    private Malice(string ways) =>
        (_equivocates, _withholds, _delays) = (ways.Contains("equivocate", StringComparison.Ordinal),
            ways.Contains("withhold", StringComparison.Ordinal), ways.Contains("delay", StringComparison.Ordinal));

    /// <summary>Null of an honest hub.</summary>
    public static Malice? FromEnvironment() => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } ways ? new(ways) : null;

    /// <summary>Whether a request of another admin is not answered.</summary>
    public bool Withholds(AdminVerb verb) => _withholds && verb is (AdminVerb.Leaves or AdminVerb.Votes) && Chance(0.4);

    public Task DelayAsync(AdminVerb verb) => _delays && verb is AdminVerb.Votes && Chance(0.3)
        ? Task.Delay(TimeSpan.FromMilliseconds(Next(1_500)))
        : Task.CompletedTask;

    /// <summary>What is sent to one admin in place of a batch: of what I signed, to every other one, another version.</summary>
    public byte[] Twist(Genesis genesis, RoutingId me, SigningKey key, RoutingId to, byte[] bytes)
    {
        if (!_equivocates || !VoteBatch.TryRead(bytes, out var batch) || to.ToArray()[^1] % 2 == 0) return bytes;
        return new VoteBatch(batch.Height, [.. batch.Messages.Select(message => Twist(genesis, me, key, message))]).Write();
    }

    private static byte[] Twist(Genesis genesis, RoutingId me, SigningKey key, byte[] bytes)
    {
        if (!AgreementMessage.TryRead(bytes, genesis.Hash, out var message) || message.Signer != me) return bytes;
        return message.Kind switch
        {
            MessageKind.Prevote or MessageKind.Precommit => AgreementMessage.MakeVote(
                genesis.Hash, message.Kind, message.Height, me, key, message.Round, message.Id.IsZero ? Sha256.Hash(bytes.AsSpan()) : default).Bytes,
            MessageKind.Head => AgreementMessage.MakeHead(
                genesis.Hash, message.Height, me, key, message.Tick, new(message.Head.Size + 1, Sha256.Hash(bytes.AsSpan()))).Bytes,
            _ => bytes,
        };
    }

    private bool Chance(double share)
    {
        lock (_gate) return _random.NextDouble() < share;
    }

    private int Next(int below)
    {
        lock (_gate) return _random.Next(below);
    }
}

using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Tlog;
using Hawser.Wire;

namespace Hawser.Tests.Federation;

/// <summary>
/// What the hostile admins do: two versions of everything, each shown to some only; data withheld; ticks far ahead;
/// values that leave out whom they can.
/// </summary>
internal sealed partial class AgreementSim
{
    private readonly Dictionary<uint, Dictionary<Bytes32, byte[]>> _valuesSeen = [];
    private readonly Dictionary<uint, HashSet<Header>> _headersSeen = [];
    private readonly Dictionary<uint, Dictionary<Bytes32, AgreementMessage>> _headsSeen = [];

    private readonly List<byte[]> _overheard = []; // the newest of them: to be said again when they are old
    private byte[]? _lastHeard;

    /// <summary>They see everything that honest admins send.</summary>
    private void Overhear(byte[] bytes)
    {
        if (ReferenceEquals(bytes, _lastHeard)) return; // the same to each of them
        _lastHeard = bytes;
        if (_overheard.Count < 256) _overheard.Add(bytes);
        else _overheard[_random.Next(_overheard.Count)] = bytes;
        if (!VoteBatch.TryRead(bytes, out var batch)) throw new InvalidDataException();
        foreach (var message in batch.Messages)
        {
            if ((MessageKind)message[0] is MessageKind.Prevote or MessageKind.Precommit) continue;
            if (!AgreementMessage.TryRead(message, _founders.Genesis.Hash, out var read)) throw new InvalidDataException();
            var honest = !IsHostile(read.Signer);
            if (read.Kind is MessageKind.Propose) Of(_valuesSeen, read.Height).TryAdd(read.Id, read.Value);
            else if (read.Kind is MessageKind.Head) Of(_headsSeen, read.Height).TryAdd(Sha256.Hash(message.AsSpan()), read);
            else if (honest)
            {
                var header = read.HeaderFor(_founders.Genesis.Hash);
                Of(_headersSeen, read.Height).Add(header);
                Check(header);
            }
        }
    }

    private static T Of<T>(Dictionary<uint, T> all, uint height)
        where T : new() => all.TryGetValue(height, out var found) ? found : all[height] = new();

    private void Strike()
    {
        foreach (var place in _hostile)
        {
            // What honest ones have said, again: of this height, or of one long past.
            for (var again = _overheard.Count == 0 ? 0 : _random.Next(3); again > 0; again--)
                Deliver(place, Honest.ElementAt(_random.Next(Honest.Count())).Place, _overheard[_random.Next(_overheard.Count)]);
            var up = Honest.Where(a => a.Machine is not null).ToArray();
            if (up.Length == 0) break;
            foreach (var height in up.Select(a => a.Machine!.Height).Distinct().ToArray())
            {
                var victims = up.Where(a => a.Machine!.Height == height).ToArray();
                Strike(place, height, victims[_random.Next(victims.Length)]);
            }
        }

        At(_now + 0.2 + 1.8 * _random.NextDouble(), Strike);
    }

    private void Strike(int place, uint height, SimAdmin near)
    {
        var (genesis, id, key) = (_founders.Genesis, _founders.Genesis.Founders[place].Id, _founders.Keys[place]);
        var machine = near.Machine!;
        var member = machine.Members.PlaceOf(id);
        if (member < 0) return; // voted out
        var certified = near.LeavesOf(id, 0, machine.Vector[member])!;
        for (var branch = 0; branch < 2; branch++)
        {
            byte[] leaf = [(byte)height, (byte)branch, (byte)place];
            var tree = new MerkleTree();
            foreach (var old in certified.Append(leaf)) tree.Append(Merkle.LeafHash(old));
            var head = new LogHead((ulong)tree.Size, tree.Root);
            var ahead = new[] { 1, 1, 2, 50 }[_random.Next(4)];
            if (!RoutingTick.TryFromNumber(machine.LastTick.Number + ahead, out var tick)) continue;
            Spread(place, height, AgreementMessage.MakeHead(genesis.Hash, height, id, key, tick, head), 0.6);
            if (!_random.Chance(0.6)) continue;
            foreach (var lucky in Honest.Where(_ => _random.Chance(0.6)))
            {
                At(_now + Delay(), () => Feed(lucky, lucky.Life, m =>
                {
                    if (lucky.Replicas!.CertifiedSize(id) == (ulong)certified.Count) lucky.Replicas.Add(id, head, [leaf]);
                    m.LeavesHeld(Now(lucky));
                }));
            }
        }

        var round = (uint)Math.Max(0, machine.Round + _random.Next(4) / 3);
        if ((height + round) % (uint)machine.Members.Count == member) Propose(place, height, round, machine);
        Bytes32[] ids = [.. Of(_valuesSeen, height).Keys.Order(), default];
        for (var votes = 0; votes < 3; votes++)
        {
            var at = (uint)Math.Max(0, round + _random.Next(4) switch { 0 => -1, 1 => 1, _ => 0 });
            Vote(MessageKind.Prevote, at);
            if (_random.Chance(0.7)) Vote(MessageKind.Precommit, at);
        }

        foreach (var header in Of(_headersSeen, height).Where(_ => _random.Chance(0.3)))
            Spread(place, height, AgreementMessage.MakeAttest(header, id, key), 0.5);

        void Vote(MessageKind kind, uint at) => Spread(place, height, AgreementMessage.MakeVote(
            genesis.Hash, kind, height, id, key, at, ids[_random.Next(ids.Length)]), 0.5);
    }

    private void Propose(int place, uint height, uint round, Agreement machine)
    {
        var (genesis, members) = (_founders.Genesis, machine.Members);
        for (var version = 0; version < 2; version++)
        {
            var vector = machine.Vector.ToArray();
            var heads = Of(_headsSeen, height).Values.Where(h => members.PlaceOf(h.Signer) >= 0).OrderBy(_ => _random.Next(1_000)).DistinctBy(h => h.Signer)
                .Take(members.Quorum + _random.Next(2)).ToArray();
            if (heads.Length < members.Quorum) continue;
            foreach (var head in heads) vector[members.PlaceOf(head.Signer)] = head.Head;
            var value = AgreedValue.Of(genesis.Hash, height, machine.Previous, heads, vector);
            Of(_valuesSeen, height).TryAdd(value.Id, value.Bytes);
            var proof = round > 0 && _random.Chance(0.3) ? round - 1L : -1;
            Spread(place, height, AgreementMessage.MakePropose(
                genesis.Hash, height, genesis.Founders[place].Id, _founders.Keys[place], round, proof, value.Bytes), 0.5);
        }
    }

    private void Spread(int place, uint height, AgreementMessage message, double share)
    {
        if (message.Kind is MessageKind.Head) Of(_headsSeen, height).TryAdd(Sha256.Hash(message.Bytes.AsSpan()), message);
        var batch = new VoteBatch(height, [message.Bytes]).Write();
        foreach (var admin in Honest.Where(_ => _random.Chance(share))) Deliver(place, admin.Place, batch);
    }
}

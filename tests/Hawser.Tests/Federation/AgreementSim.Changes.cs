using Hawser.Crypto;
using Hawser.Federation;

namespace Hawser.Tests.Federation;

/// <summary>Members that come, go and change their keys, one after the other, by the votes of the honest ones.</summary>
internal sealed partial class AgreementSim
{
    private readonly List<MemberChange> _script = [];

    /// <summary>How many of the changes were made.</summary>
    public int Changed => _epochs.Changes;

    public int Wanted => _script.Count;

    // Never so that more than f of the members are hostile.
    private void Script(int founders)
    {
        var honest = Honest.Select(a => a.Place).OrderBy(_ => _random.Next(1_000)).ToArray();
        _admins = [.. _admins, .. Enumerable.Range(founders, 2).Select(i => new SimAdmin(i, (2 * _random.NextDouble() - 1) * Skew, SigningKey.Generate(_random)))];
        var turned = _admins[honest[0]];
        turned.Keys.Add(SigningKey.Generate(_random));
        var leaves = _hostile.Count > 0 && _random.Chance(0.5) ? _hostile.First() : honest[1];
        _script.Add(MemberChange.Add(CardOf(_admins[founders].Keys[0], founders)));
        _script.Add(MemberChange.Rekey(Genesis.Founders[turned.Place].Id, CardOf(turned.Keys[1], turned.Place)));
        _script.Add(MemberChange.Retire(Genesis.Founders[leaves].Id));
        _script.Add(MemberChange.Add(CardOf(_admins[founders + 1].Keys[0], founders + 1)));
    }

    private HubCard CardOf(SigningKey key, int place) => new HubCard
    {
        Name = $"hub {place}", Url = $"http://hub{place}.example", At = HostPort.Read([192, 0, 2, (byte)(place + 100)], 4_700),
        AdminKey = key.Public, ChannelKey = DhKeyPair.Generate(_random).Public, Genesis = Genesis.Hash,
    }.SignWith(key);

    // For the first change that is not made yet; again if the vote has lapsed.
    private void Vote(SimAdmin admin)
    {
        var roster = admin.Fold!.Roster;
        if (_script.Find(change => change.IsPossible(Genesis.Hash, roster.Members)) is not { } next) return;
        if (admin.Voted.TryGetValue(next.Hash, out var before) && before + Roster.VoteWindow > admin.Certified) return;
        admin.Voted[next.Hash] = admin.Certified;
        Log(admin, new MemberVote(Genesis.Hash, true, next).Write());
    }
}

using Hawser.Crypto;
using Hawser.Federation;
using Xunit;

namespace Hawser.Tests.Federation;

public class ClaimantTests
{
    private readonly ClaimWorld _world = new(revealWindow: 3);
    private readonly SigningKey _claimKey;
    private readonly List<ClaimantEvent> _told = [];
    private Claimant _claimant;
    private bool _entrusts = true;
    private byte[] _disk = [];
    private Moment _now = new(new(0), DateTimeOffset.UnixEpoch);

    public ClaimantTests()
    {
        _world.Close();
        _claimKey = SigningKey.Generate(_world.Random);
        _claimant = Make();
    }

    private Claimant Make() => new(
        _now, _world.Genesis, _claimKey, new(_world.Genesis.Hash), new() { Keyword = "pi", Hubs = [_world.Members[1].Id], Entrusts = _entrusts },
        _world.Random, _disk.Length == 0 ? null : ClaimantRecord.TryRead(_disk, out var record) ? record : throw new FormatException());

    /// <summary>Answers everything for a while; dies when the chance says so, and comes back with what was on disk.</summary>
    private void Run(double death = 0, Func<ClaimantEvent, bool>? lost = null)
    {
        for (var steps = 0; steps < 40; steps++)
        {
            _claimant.Tick(_now);
            while (_claimant.TryTake(out var happened))
            {
                _told.Add(happened);
                if (lost?.Invoke(happened) == true)
                {
                    if (happened is ClaimantEvent.Fetch gone) _claimant.Answer(_now, gone.Number, []);
                    continue;
                }

                if (_world.Random.Chance(death)) Restart();
                else if (happened is ClaimantEvent.Store store) Keep(store, death);
                else if (happened is ClaimantEvent.Fetch fetch) _claimant.Answer(_now, fetch.Number, _world.Serve(fetch.Member, fetch.Question));
            }

            _now = new(_now.Mono + TimeSpan.FromSeconds(1), _now.Utc);
        }
    }

    private void Keep(ClaimantEvent.Store store, double death)
    {
        _disk = store.State;
        if (_world.Random.Chance(death)) Restart();
        else _claimant.Done(_now, store.Number);
    }

    private void Restart()
    {
        _claimant = Make();
        Assert.True(ClaimantRecord.TryRead(_disk, out var record) || _disk.Length == 0);
        if (record is not null) Assert.Equal(record.State, _claimant.State);
    }

    private int Fetches<T>() where T : HubQuestion => _told.Count(e => e is ClaimantEvent.Fetch { Question: T });

    [Fact]
    public void A_claim_runs_by_itself_from_nothing_to_final()
    {
        Run();
        Assert.Equal(ClaimantState.Sealed, _claimant.State);
        Assert.Equal(3, Fetches<HubQuestion.Claim>()); // 2f + 1 of four
        _world.Close();
        Run();
        Assert.Equal(ClaimantState.Logged, _claimant.State);
        Assert.Equal(0, Fetches<HubQuestion.Reveal>()); // certified, but rivals may still come
        _world.Close();
        Run();
        Assert.Equal(ClaimantState.Revealed, _claimant.State);
        Assert.Equal(3, Fetches<HubQuestion.Reveal>());
        _world.Close();
        Run();
        Assert.Equal(ClaimantState.Provisional, _claimant.State);
        _world.Close();
        _world.Close();
        Run();
        Assert.Equal(ClaimantState.Final, _claimant.State);
        Assert.Equal(TitleStatus.Final, _world.StatusOf(_claimant.Id!.Value));
        Assert.Equal(Instant.Never, _claimant.NextWakeup);
        Assert.DoesNotContain(_told, e => e is ClaimantEvent.StartedAgain);
    }

    [Fact]
    public void A_claimant_that_goes_off_once_its_claim_is_certified_owns_its_ID_when_it_comes_back()
    {
        Run();
        Assert.Equal(0, _world.Entrusted);
        _world.Close();
        Run();
        Assert.Equal((ClaimantState.Logged, 3), (_claimant.State, _world.Entrusted)); // 2f + 1 of four
        _told.Clear();
        for (var height = 0; height < 5; height++)
        {
            _world.Close();
            _world.LogEntrusted();
        }

        Restart();
        Run();
        Assert.Equal(ClaimantState.Final, _claimant.State);
        Assert.DoesNotContain(_told, e => e is ClaimantEvent.StartedAgain);
    }

    [Fact]
    public void A_claimant_that_wants_to_reveal_itself_hands_nothing_over()
    {
        _entrusts = false;
        _claimant = Make();
        Run();
        _world.Close();
        Run();
        Assert.Equal((ClaimantState.Logged, 0), (_claimant.State, _world.Entrusted));
    }

    [Fact]
    public void The_seal_key_is_on_disk_before_a_ticket_is_asked_for_and_the_claim_before_it_is_sent()
    {
        Run();
        var (stores, asked) = (0, 0);
        foreach (var told in _told)
        {
            if (told is ClaimantEvent.Store) stores++;
            if (told is ClaimantEvent.Fetch { Question: HubQuestion.Ticket }) Assert.True(stores >= 1);
            if (told is ClaimantEvent.Fetch { Question: HubQuestion.Claim }) { Assert.True(stores >= 2); asked++; }
        }

        Assert.Equal(3, asked);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7), InlineData(8)]
    public void A_claimant_that_dies_anywhere_loses_nothing(int seed)
    {
        for (var i = 0; i < seed; i++) _world.Random.Next();
        for (var height = 0; height < 6; height++)
        {
            Run(death: 0.1);
            Run();
            _world.Close();
        }

        Run();
        Assert.Equal(ClaimantState.Final, _claimant.State);
        Assert.Equal(TitleStatus.Final, _world.StatusOf(_claimant.Id!.Value));
        Assert.Single(_world.Registry.State.All);
    }

    [Fact]
    public void A_hub_that_is_down_costs_nothing_but_a_retry()
    {
        _world.Down.Add(0);
        for (var height = 0; height < 7; height++)
        {
            Run();
            _world.Close();
        }

        Run();
        Assert.Equal(ClaimantState.Final, _claimant.State);
    }

    [Fact]
    public void An_untimely_claim_takes_a_new_ticket_by_itself()
    {
        Run(lost: e => e is ClaimantEvent.Fetch { Question: HubQuestion.Claim });
        _world.Close();
        Run(lost: e => e is ClaimantEvent.Fetch { Question: HubQuestion.Claim });
        _world.Close();
        Run(lost: e => e is ClaimantEvent.Fetch { Question: HubQuestion.Claim });
        Assert.Contains(_told, e => e is ClaimantEvent.StartedAgain);
        for (var height = 0; height < 7; height++)
        {
            Run();
            _world.Close();
        }

        Run();
        Assert.Equal(ClaimantState.Final, _claimant.State);
        Assert.Equal(_claimant.Id, Assert.Single(_world.Registry.State.All).Id);
    }

    [Fact]
    public void A_lost_reveal_is_told_again()
    {
        for (var height = 0; height < 2; height++)
        {
            Run();
            _world.Close();
        }

        Run(lost: e => e is ClaimantEvent.Fetch { Question: HubQuestion.Reveal });
        Assert.Equal(ClaimantState.Revealed, _claimant.State);
        _world.Close();
        Run();
        _world.Close();
        Run();
        Assert.Equal(ClaimantState.Provisional, _claimant.State);
    }

    [Fact]
    public void A_claim_whose_ticket_is_ticks_younger_than_its_first_certificate_survives_a_restart()
    {
        Run(lost: e => e is ClaimantEvent.Fetch { Question: HubQuestion.Ticket });
        _world.Close();
        Run();
        _world.Close();
        Run();
        Assert.Equal(ClaimantState.Logged, _claimant.State);
        Restart();
        for (var height = 0; height < 5; height++)
        {
            Run();
            _world.Close();
            Restart();
        }

        Run();
        Assert.Equal(ClaimantState.Final, _claimant.State);
        Assert.DoesNotContain(_told, e => e is ClaimantEvent.StartedAgain);
    }
}

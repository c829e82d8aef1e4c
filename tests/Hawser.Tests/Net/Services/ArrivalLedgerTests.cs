using Hawser.Crypto;
using Hawser.Net;
using Hawser.Net.Hosting;
using Hawser.Net.Services;
using Hawser.Net.Store;
using Hawser.Service;
using Hawser.Tests.Sim;
using Xunit;

namespace Hawser.Tests.Net.Services;

/// <summary>What the store says of the inbox after a crash between any two steps of an arrival.</summary>
public sealed class ArrivalLedgerTests : IDisposable
{
    private static readonly byte[] Contents = [.. "the log of the ship"u8];
    private static readonly DhPublicKey Alice = DhKeyPair.Generate(new SimRandom(1)).Public;

    private readonly TempHome _temp = new();
    private readonly NodeStore _store;
    private readonly FileInbox _inbox;
    private readonly List<ReceivedFile> _told = [];
    private readonly ArrivalLedger _ledger;

    public ArrivalLedgerTests()
    {
        _temp.Home.Create();
        _store = NodeStore.Open(_temp.Home);
        _inbox = new(_temp.Home.Inbox, long.MaxValue);
        _ledger = new(_store, _inbox, TimeProvider.System, _told.Add);
    }

    public void Dispose()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public void A_file_that_arrived_waits_and_is_told()
    {
        var partial = Whole();
        var arrival = _ledger.Begin(Offer(), Alice, partial.Name);
        Name(arrival, _inbox.Store(partial, "log.txt"));

        Assert.Equal(("waiting", Path.Combine(_inbox.Folder, "log.txt")), (Row().State, Row().Path));
        Assert.Equal("log.txt", Assert.Single(_told).Name);
    }

    [Fact]
    public void After_a_crash_between_name_and_row_the_file_waits_all_the_same()
    {
        File.WriteAllText(Path.Combine(_inbox.Folder, "log.txt"), "another one of that name");
        var partial = Whole();
        _ledger.Begin(Offer(), Alice, partial.Name);
        var name = _inbox.Store(partial, "log.txt");

        _ledger.Reconcile();

        Assert.Equal("log (2).txt", name);
        Assert.Equal(("waiting", name, Path.Combine(_inbox.Folder, name)), (Row().State, Row().Name, Row().Path));
    }

    [Fact]
    public void After_a_crash_with_both_names_there_the_partial_one_goes()
    {
        var partial = Whole();
        _ledger.Begin(Offer(), Alice, partial.Name);
        partial.Dispose();
        File.Copy(partial.Name, Path.Combine(_inbox.Folder, "log.txt"));

        _ledger.Reconcile();

        Assert.Equal("waiting", Row().State);
        Assert.False(File.Exists(partial.Name));
    }

    [Fact]
    public void After_a_crash_before_the_name_there_is_no_row_and_the_partial_file_stays()
    {
        var partial = Whole();
        _ledger.Begin(Offer(), Alice, partial.Name);
        partial.Dispose();

        _ledger.Reconcile();

        Assert.Empty(_store.Transfers());
        Assert.True(File.Exists(partial.Name));
    }

    [Fact]
    public void The_same_contents_that_came_before_are_not_taken_for_the_new_file()
    {
        var first = Whole();
        Name(_ledger.Begin(Offer(), Alice, first.Name), _inbox.Store(first, "log.txt"));
        var second = Whole();
        _ledger.Begin(Offer(), Alice, second.Name);
        second.Dispose();

        _ledger.Reconcile();

        Assert.Single(_store.Transfers());
        Assert.True(File.Exists(second.Name));
    }

    private StoredTransfer Row() => Assert.Single(_store.Transfers());

    private void Name(string arrival, string name) => _ledger.Named(arrival, new(name, Contents.Length, Offer().Hash.ToString(), Alice.ToString()));

    private FileStream Whole()
    {
        var partial = _inbox.OpenPartial(Offer(), Alice)!;
        partial.Write(Contents);
        return partial;
    }

    private static FileOffer Offer() => new("log.txt", Contents.Length, Sha256.Hash(Contents));
}

using Hawser.Chain;
using Hawser.Crypto;
using Xunit;

namespace Hawser.Tests.Chain;

/// <summary>Money: chain.md §5.6.</summary>
public class OwnCoinsTests
{
    private const int Script = 59;
    private readonly OwnCoins _coins = new(Sha256.Hash("seed"u8), 0, []);

    [Fact]
    public void The_smallest_coin_that_does_pays_and_what_is_left_goes_to_a_key_that_was_never_used()
    {
        Pay(10_000, 1_000, 90_000);
        var spending = _coins.Choose(Script, null, 1_000)!;
        Assert.Equal(1_000ul, Assert.Single(spending.Coins).Value);
        var signed = _coins.Sign(spending, new byte[Script]);
        Assert.InRange((double)spending.Fee / signed.VirtualSize, 1.0, 1.02); // what the node asked, and a byte or two of a shorter signature
        Assert.Equal(1_000ul, signed.Outputs.Aggregate(spending.Fee, (sum, output) => sum + output.Value));
        Assert.True(_coins.IsMine(signed.Outputs[1].Script));
        Assert.NotEqual(SegwitAddress.ScriptOf(KeyOf(0)), signed.Outputs[1].Script);
        Assert.All(signed.Inputs, input => Assert.Equal((0, SpentWhole.All), (input.Script.Length, input.Witness[0][^1])));
    }

    [Fact]
    public void A_rest_too_small_to_be_a_coin_goes_to_the_fee()
    {
        Pay(400);
        var spending = _coins.Choose(Script, null, 1_000)!;
        Assert.Equal((400ul, 1), (spending.Fee, spending.Transaction.Outputs.Length));
    }

    [Fact]
    public void Several_coins_are_taken_only_where_one_does_not_do()
    {
        Pay(100, 100, 100);
        Assert.Equal(3, _coins.Choose(Script, null, 1_000)!.Coins.Length);
        Assert.Null(_coins.Choose(Script, null, 1_000)); // those are held
    }

    [Fact]
    public void Too_little_is_too_little()
    {
        Assert.Null(_coins.Choose(Script, null, 1_000));
        Pay(100);
        Assert.Null(_coins.Choose(Script, null, 1_000));
        Assert.Null(_coins.Choose(Script, new(50_000, [0x51]), 1_000));
    }

    [Fact]
    public void Held_coins_come_back_when_released_and_spent_ones_do_not()
    {
        Pay(5_000);
        var spending = _coins.Choose(Script, null, 1_000)!;
        Assert.Null(_coins.Choose(Script, null, 1_000));
        _coins.Release(spending.Coins[0].At);
        Assert.NotNull(_coins.Choose(Script, null, 1_000));
        _coins.Spent(spending.Coins[0].At);
        Assert.Empty(_coins.All);
    }

    [Fact]
    public void A_coin_that_a_node_denies_is_left_out_once_and_forgotten_only_if_no_block_had_it()
    {
        Pay(5_000, 6_000);
        var unconfirmed = Sha256.Hash("waits"u8);
        _coins.See(unconfirmed, 0, 7_000, SegwitAddress.ScriptOf(KeyOf(0)), null);
        foreach (var coin in _coins.All.ToArray()) _coins.Doubt(coin.At);
        Assert.Equal((2, 2), (_coins.Doubted, _coins.All.Count)); // the one that waited was replaced
        Assert.Null(_coins.Choose(Script, null, 1_000));
        _coins.Trust();
        Assert.NotNull(_coins.Choose(Script, null, 1_000));
    }

    [Fact]
    public void Change_is_found_again_after_a_restart_from_the_seed_alone()
    {
        Pay(9_000);
        var signed = _coins.Sign(_coins.Choose(Script, null, 1_000)!, new byte[Script]);
        _coins.See(signed.Id, 1, signed.Outputs[1].Value, signed.Outputs[1].Script, null);
        Assert.Equal(2, _coins.Next);
        var again = new OwnCoins(Sha256.Hash("seed"u8), 0, []);
        again.See(signed.Id, 1, signed.Outputs[1].Value, signed.Outputs[1].Script, 7);
        Assert.Equal((2, signed.Outputs[1].Value), (again.Next, Assert.Single(again.All).Value));
        again.Disconnect(7);
        Assert.Null(Assert.Single(again.All).Height);
    }

    private void Pay(params ulong[] values)
    {
        for (var i = 0; i < values.Length; i++) _coins.See(Sha256.Hash(BitConverter.GetBytes(i)), i, values[i], SegwitAddress.ScriptOf(KeyOf(0)), 1);
    }

    private static Hawser.Wire.Bytes20 KeyOf(int number) => new OwnCoins(Sha256.Hash("seed"u8), number, []).KeyToPay.Hash;
}

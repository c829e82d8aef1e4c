using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net.Hubs;
using Xunit;

namespace Hawser.Tests.Federation;

/// <summary>However many check signatures, and however texts are kept, the fold is the same to the byte.</summary>
public class SideBySideTests
{
    [Fact]
    public void Several_cores_fold_what_one_does()
    {
        var world = new ClaimWorld(seed: 3);
        Registry[] registries = [new(world.Genesis), new(world.Genesis, AllCores.Instance), new(world.Genesis, new Backwards())];
        List<Made> claims = [];
        for (var height = 0; height < 8; height++)
        {
            foreach (var claim in claims.Take(height >= 3 ? 20 : 0)) world.Log(2, claim.Reveal);
            foreach (var claim in claims.Take(height >= 3 ? 20 : 0)) world.Log(3, claim.Reveal); // copies
            if (height >= 3) claims = [.. claims.Skip(20)];
            for (var i = 0; i < 20 && height < 4; i++)
            {
                var claim = world.Claim();
                claims.Add(new(claim.Sealed.Text, claim.Reveal(world).Write()));
                world.Log(i % 2, claim.Sealed.Text);
                world.Log(1 - i % 2, i == 7 ? Spoilt(claim.Sealed.Text) : claim.Sealed.Text);
            }

            world.Close();
            var certified = world.Heights[^1];
            foreach (var registry in registries) Assert.Equal(world.Registry.Current, registry.Fold(certified));
            foreach (var registry in registries) Assert.Equal(world.Registry.Happened, registry.Happened);
        }

        Assert.True(world.Registry.State.Count >= 20);
    }

    [Fact]
    public void A_text_comes_back_to_the_byte()
    {
        var world = new RecordWorld();
        var texts = new DeedTexts(world.World.Genesis.Hash);
        var record = world.Record(RecordKind.Alter, world.Content with { Notes = "moved" }).Text;
        byte[] odd = [.. world.Deed.Text[..^2], (byte)'x', (byte)'\n']; // with a hash that is not its own
        foreach (var text in (byte[][])[world.Deed.Text, record, odd, [10], []])
        {
            texts.Set(world.Id, text);
            Assert.True(texts.TryGet(world.Id, out var back));
            Assert.Equal(text, back);
        }

        texts.Remove(world.Id);
        Assert.False(texts.TryGet(world.Id, out _));
    }

    private static byte[] Spoilt(byte[] text)
    {
        var copy = text.ToArray();
        copy[^10] = copy[^10] == (byte)'A' ? (byte)'B' : (byte)'A'; // in the seal signature
        return copy;
    }

    private sealed record Made(byte[] Sealed, byte[] Reveal);

    private sealed class Backwards : IWorkers
    {
        public void Each(int count, Action<int> work)
        {
            for (var i = count - 1; i >= 0; i--) work(i);
        }
    }
}

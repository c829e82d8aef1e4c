using System.Text;
using Hawser.Crypto;
using Hawser.Tlog;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Tlog;

public class MerkleTests
{
    private const int Sizes = 80;
    private static readonly Bytes32[] Leaves =
        [.. Enumerable.Range(0, 600).Select(i => Merkle.LeafHash(Encoding.ASCII.GetBytes($"leaf {i}")))];

    /// <summary>The definition of RFC 6962 §2.1, word for word.</summary>
    private static Bytes32 Definition(ReadOnlySpan<Bytes32> leaves)
    {
        if (leaves.Length == 0) return Sha256.Hash(ReadOnlySpan<byte>.Empty);
        if (leaves.Length == 1) return leaves[0];
        var k = 1;
        while (2 * k < leaves.Length) k *= 2;
        return Merkle.NodeHash(Definition(leaves[..k]), Definition(leaves[k..]));
    }

    private static MerkleTree Tree(int size)
    {
        var tree = new MerkleTree();
        foreach (var leaf in Leaves.AsSpan(0, size)) tree.Append(leaf);
        return tree;
    }

    [Fact]
    public void Roots_are_those_of_the_certificate_transparency_example()
    {
        string[] entries = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        string[] roots =
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Convert.ToHexStringLower(Merkle.EmptyRoot));
        var tree = new MerkleTree();
        foreach (var (entry, root) in entries.Zip(roots))
        {
            tree.Append(Merkle.LeafHash(Convert.FromHexString(entry)));
            Assert.Equal(root, Convert.ToHexStringLower(tree.Root.ToArray()));
        }
    }

    [Fact]
    public void Every_root_is_the_defined_one_and_stays_known()
    {
        var tree = Tree(Sizes);
        for (var size = 0; size <= Sizes; size++) Assert.Equal(Definition(Leaves.AsSpan(0, size)), tree.RootAt(size));
    }

    [Fact]
    public void Every_leaf_of_every_tree_proves_and_nothing_else_does()
    {
        var tree = Tree(Sizes);
        for (var size = 1; size <= Sizes; size++)
        {
            var root = tree.RootAt(size);
            for (var index = 0; index < size; index++)
            {
                var path = tree.ProveInclusion(index, size);
                Assert.True(Merkle.VerifyInclusion(Leaves[index], index, size, path, root));
                Assert.False(Merkle.VerifyInclusion(Leaves[index + 1], index, size, path, root));
                Assert.False(Merkle.VerifyInclusion(Leaves[index], (index + 1) % size, size, path, root) && size > 1);
                Bytes32[] longer = [.. path, root];
                Assert.False(Merkle.VerifyInclusion(Leaves[index], index, size, longer, root));
                Assert.False(path.Length > 0 && Merkle.VerifyInclusion(Leaves[index], index, size, path.AsSpan(1), root));
                Assert.False(path.Length > 0 && Merkle.VerifyInclusion(Leaves[index], index, size, path.AsSpan(..^1), root));
            }
        }
    }

    [Fact]
    public void Every_tree_is_shown_to_begin_every_larger_one()
    {
        var tree = Tree(Sizes);
        for (var to = 0; to <= Sizes; to++)
        {
            for (var from = 0; from <= to; from++)
            {
                var (old, now) = (tree.RootAt(from), tree.RootAt(to));
                var path = tree.ProveConsistency(from, to);
                Assert.True(Merkle.VerifyConsistency(from, old, to, now, path), $"{from} {to}");
                Assert.False(Merkle.VerifyConsistency(from, Leaves[500], to, now, path));
                Assert.False(Merkle.VerifyConsistency(from, old, to, Leaves[500], path) && from > 0);
                Bytes32[] longer = [.. path, now];
                Assert.False(Merkle.VerifyConsistency(from, old, to, now, longer));
                Assert.False(path.Length > 0 && Merkle.VerifyConsistency(from, old, to, now, path.AsSpan(1)));
                for (var i = 0; i < path.Length; i++)
                {
                    var altered = path.ToArray();
                    altered[i] = Leaves[501];
                    Assert.False(Merkle.VerifyConsistency(from, old, to, now, altered));
                }
            }
        }
    }

    [Fact]
    public void Changed_and_inserted_leaves_give_the_tree_that_would_have_grown_so()
    {
        for (var size = 1; size < 40; size++)
        {
            for (var at = 0; at <= size; at++)
            {
                var inserted = Tree(size);
                inserted.Insert(at, Leaves[599]);
                Assert.Equal(Definition([.. Leaves[..at], Leaves[599], .. Leaves[at..size]]), inserted.Root);
                if (at == size) continue;
                var changed = Tree(size);
                changed.Set(at, Leaves[599]);
                Assert.Equal(Definition([.. Leaves[..at], Leaves[599], .. Leaves[(at + 1)..size]]), changed.Root);
                changed.Truncate(at);
                Assert.Equal(Definition(Leaves.AsSpan(0, at)), changed.Root);
            }
        }
    }

    [Theory, InlineData(1), InlineData(255), InlineData(256), InlineData(257), InlineData(300), InlineData(600)]
    public void Tiles_prove_what_the_tree_proves(int size)
    {
        var tree = Tree(size);
        var hashes = new TileHashes(new Shelf(tree), size);
        Assert.True(Merkle.TryRoot(hashes, size, out var root));
        Assert.Equal(tree.Root, root);
        for (var index = 0; index < size; index += 7)
        {
            Assert.True(Merkle.TryProveInclusion(hashes, index, size, out var path));
            Assert.Equal(tree.ProveInclusion(index, size), path);
            Assert.True(Merkle.TryProveConsistency(hashes, index, size, out path));
            Assert.Equal(tree.ProveConsistency(index, size), path);
        }
    }

    /// <summary>Cuts tiles from a tree, exactly as wide as they are asked for.</summary>
    private sealed class Shelf(MerkleTree tree) : ITileReader
    {
        public bool TryReadTile(Tile tile, out ReadOnlyMemory<byte> hashes)
        {
            var bytes = new List<byte>();
            for (var i = 0; i < tile.Width; i++)
            {
                Assert.True(tree.TryHash(tile.Level * Tile.Height, tile.Index * Tile.FullWidth + i, out var hash));
                bytes.AddRange(hash.ToArray());
            }

            hashes = bytes.ToArray();
            return true;
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Leaves_put_in_anywhere_in_any_order_give_the_tree_of_the_sorted_ones(int seed)
    {
        var random = new Random(seed);
        var tree = new MerkleTree();
        List<Bytes32> leaves = [];
        for (var step = 0; step < 600; step++)
        {
            var leaf = Merkle.LeafHash(BitConverter.GetBytes(random.Next()));
            if (leaves.Count > 0 && random.Next(3) == 0)
            {
                var at = random.Next(leaves.Count);
                leaves[at] = leaf;
                tree.Set(at, leaf);
            }
            else
            {
                var at = random.Next(leaves.Count + 1);
                leaves.Insert(at, leaf);
                tree.Insert(at, leaf);
            }

            if (random.Next(7) != 0) continue; // several changes between two looks
            var expected = new MerkleTree();
            foreach (var one in leaves) expected.Append(one);
            Assert.Equal(expected.Root, tree.Root);
            var index = random.Next(leaves.Count);
            Assert.Equal(expected.ProveInclusion(index, leaves.Count), tree.ProveInclusion(index, leaves.Count));
        }
    }
}

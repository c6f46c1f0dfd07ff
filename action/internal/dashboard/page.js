(function () {
  var made = Date.parse(document.getElementById("as-of").dataset.time);
  var sign = document.getElementById("old");
  var title = document.title;
  function look() {
    var hours = (Date.now() - made) / 36e5;
    sign.hidden = hours < 3;
    document.title = sign.hidden ? title : "Old: " + title;
    sign.textContent = "This page is old: it was made " + (hours < 48 ? Math.floor(hours) + " hours" : Math.floor(hours / 24) + " days") + " ago. Much may have changed since.";
  }
  look();
  setInterval(look, 60000);
})();
